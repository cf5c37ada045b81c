"""MSAL for Python takes tokens in every way that the product does."""

import jwt
import msal
import pytest

from signin import sign_in

GRAPH = ["https://graph.microsoft.com/.default"]
REDIRECT = "http://127.0.0.1:9/callback"


def client(world, browser, tenant, credential=None):
    """A confidential client. Instance discovery asks Microsoft itself about unknown hosts, so it is off."""
    return msal.ConfidentialClientApplication(
        str(world["client_id"]),
        authority=f"{world['login_url']}/{tenant}",
        client_credential=credential or world["client_secret"],
        http_client=browser,
        instance_discovery=False,
    )


def claims(token):
    return jwt.decode(token, options={"verify_signature": False})


def test_client_secret(world, browser):
    tenant = world["tenants"][1]["id"]
    app = client(world, browser, tenant)
    result = app.acquire_token_for_client(GRAPH)
    assert "access_token" in result, result
    assert claims(result["access_token"])["tid"] == tenant
    again = app.acquire_token_for_client(GRAPH)
    assert again["token_source"] == "cache" and again["access_token"] == result["access_token"]


def test_certificate(world, browser):
    with open(world["private_key_path"]) as key, open(world["certificate_path"]) as certificate:
        credential = {"private_key": key.read(), "public_certificate": certificate.read()}
    tenant = world["tenants"][1]["id"]
    result = client(world, browser, tenant, credential).acquire_token_for_client(GRAPH)
    assert "access_token" in result, result
    assert claims(result["access_token"])["appidacr"] == "2"


def test_refusals_are_read(world, browser):
    tenant = world["tenants"][1]["id"]
    wrong = client(world, browser, tenant, "wrong").acquire_token_for_client(GRAPH)
    assert (wrong["error"], wrong["error_codes"]) == ("invalid_client", [7000215])
    sentinel = "aad57500-0000-4000-8000-000007000222"
    with pytest.raises(ValueError, match="7000222"):
        client(world, browser, sentinel)


def code_flow(world, browser, tenant, person, scopes, mode="form_post"):
    app = client(world, browser, tenant)
    flow = app.initiate_auth_code_flow(
        scopes, redirect_uri=REDIRECT, login_hint=person["user_principal_name"], response_mode=mode
    )
    result = app.acquire_token_by_auth_code_flow(flow, sign_in(browser, flow["auth_uri"], person))
    assert "access_token" in result, result
    return app, result


@pytest.mark.parametrize("role", ["admin", "technician", "account_manager", "nobody"])
def test_authorization_code_at_the_partner(world, browser, partner, person, role):
    who = person(role)
    _, result = code_flow(world, browser, partner["id"], who, ["User.Read"])
    signed_in = result["id_token_claims"]
    assert (signed_in["tid"], signed_in["oid"]) == (who["tenant_id"], who["object_id"])
    assert signed_in["iss"] == f"{world['login_url']}/{partner['id']}/v2.0"
    assert claims(result["access_token"])["scp"].split() == ["User.Read"]


@pytest.mark.filterwarnings("ignore:response_mode='form_post' is recommended")
@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_authorization_code_of_a_viewer_at_organizations(world, browser, person, mode):
    viewer = person("viewer")
    _, result = code_flow(world, browser, "organizations", viewer, [], mode)
    assert result["id_token_claims"]["tid"] == viewer["tenant_id"]


def test_silent_renewal_rotates_the_refresh_token(world, browser, partner, person):
    app, first = code_flow(world, browser, partner["id"], person("technician"), ["User.Read"])
    [account] = app.get_accounts()
    renewed = app.acquire_token_silent_with_error(["User.Read"], account, force_refresh=True)
    assert renewed["token_source"] == "identity_provider", renewed
    assert renewed["access_token"] != first["access_token"]
    assert app.acquire_token_silent(["User.Read"], account)["token_source"] == "cache"


def test_the_partners_refresh_token_is_redeemed_at_a_client(world, browser, partner, person):
    technician = person("technician")
    _, result = code_flow(world, browser, partner["id"], technician, ["User.Read"])
    redeemed = {}
    for tenant in world["tenants"][1:]:
        app = client(world, browser, tenant["id"])
        redeemed[tenant["id"]] = app.acquire_token_by_refresh_token(result["refresh_token"], GRAPH)
    accepted = {tenant: answer for tenant, answer in redeemed.items() if "access_token" in answer}
    assert accepted, redeemed
    for tenant, answer in accepted.items():
        told = claims(answer["access_token"])
        assert (told["tid"], told["oid"]) == (tenant, technician["object_id"])
    refused = {tuple(answer["error_codes"]) for answer in redeemed.values() if "error" in answer}
    assert refused <= {(50020,), (65001,)}, refused
