// Packs the site: names each file of pkg/ by its content, copies public/, and writes brotli and gzip neighbours.
// Usage: node pack-site.mjs PKG_DIR PUBLIC_DIR OUT_DIR
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [pkg, publicDir, out] = process.argv.slice(2);
const fresh = `${out}.new`;
rmSync(fresh, { recursive: true, force: true });
mkdirSync(join(fresh, "pkg"), { recursive: true });
cpSync(publicDir, fresh, { recursive: true });

function hashed(name, extension, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 16);
  const file = `${name}.${hash}.${extension}`;
  writeFileSync(join(fresh, "pkg", file), content);
  return file;
}

// Modules that name each other are packed from the inside outwards.
const whatIfJs = hashed("what_if", "js", readFileSync(join(pkg, "what_if.js")));
const whatIfWasm = hashed("what_if", "wasm", readFileSync(join(pkg, "what_if_bg.wasm")));
const worker = readFileSync(join(pkg, "what-if-worker.js"), "utf8").replace("WHAT_IF_JS", whatIfJs).replace("WHAT_IF_WASM", whatIfWasm);

const manifest = {
  js: hashed("tenantry", "js", readFileSync(join(pkg, "tenantry.js"))),
  wasm: hashed("tenantry", "wasm", readFileSync(join(pkg, "tenantry_bg.wasm"))),
  css: hashed("tenantry", "css", readFileSync(join(pkg, "tenantry.css"))),
  what_if: hashed("what-if-worker", "js", worker),
};
writeFileSync(join(fresh, "pkg", "manifest.json"), JSON.stringify(manifest));

const compressible = new Set([".js", ".wasm", ".css", ".svg", ".txt", ".html"]);
function compress(folder) {
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) {
      compress(path);
    } else if (compressible.has(extname(entry))) {
      const content = readFileSync(path);
      const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
      writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
      writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
    }
  }
}
compress(fresh);

rmSync(out, { recursive: true, force: true });
renameSync(fresh, out);
const size = (file) => `${Math.round(statSync(join(out, "pkg", `${file}.br`)).size / 1000)} kB`;
console.log(`site: wasm ${size(manifest.wasm)}, js ${size(manifest.js)}, css ${size(manifest.css)}; on demand: what-if ${size(whatIfWasm)} (brotli)`);
