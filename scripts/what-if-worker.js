// The worker behind the what-if page. Takes and answers JSON: {snapshot?, changes}, then {outcome} or {error}. The names of its
// two files are put in by pack-site.mjs.
import init, { Simulation } from "./WHAT_IF_JS";

let ready;

async function load(snapshot) {
  const [answer] = await Promise.all([fetch(snapshot), init({ module_or_path: new URL("./WHAT_IF_WASM", import.meta.url) })]);
  if (!answer.ok) throw new Error(`The facts could not be read: the server answered ${answer.status}.`);
  return new Simulation(await answer.text());
}

onmessage = async ({ data }) => {
  const { snapshot, changes } = JSON.parse(data);
  try {
    if (snapshot) ready = load(snapshot);
    const simulation = await ready;
    postMessage(`{"outcome":${simulation.run(JSON.stringify(changes))}}`);
  } catch (error) {
    postMessage(JSON.stringify({ error: String(error?.message ?? error) }));
  }
};
