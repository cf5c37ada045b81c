"""The official Graph SDK for Python pages through a tenant, unmodified: its base_url and its HTTP client are documented settings."""

import asyncio

import httpx
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential
from kiota_abstractions.api_error import APIError
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.reports.authentication_methods.user_registration_details.user_registration_details_request_builder import (
    UserRegistrationDetailsRequestBuilder as ReportBuilder,
)
from msgraph.generated.users.delta.delta_request_builder import DeltaRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph_core import GraphClientFactory
from msgraph_core.tasks.page_iterator import PageIterator


def graph(world, tenant):
    """The SDK's client for one tenant, with Microsoft's own credential class behind it."""
    credential = ClientSecretCredential(
        tenant,
        str(world["client_id"]),
        world["client_secret"],
        authority=world["login_url"],
        disable_instance_discovery=True,
    )
    provider = AzureIdentityAuthenticationProvider(credential, scopes=["https://graph.microsoft.com/.default"])
    http = GraphClientFactory.create_with_default_middleware(client=httpx.AsyncClient(timeout=30))
    adapter = GraphRequestAdapter(provider, http)
    adapter.base_url = f"{world['graph_url']}/v1.0"
    return GraphServiceClient(request_adapter=adapter)


def users_query(**parameters):
    return RequestConfiguration(query_parameters=UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(**parameters))


async def list_users(client, **parameters):
    """All users, link by link, and how many pages there were."""
    page = await client.users.get(request_configuration=users_query(**parameters))
    users, pages = [], 1
    while True:
        users.extend(page.value)
        if not page.odata_next_link:
            return users, pages
        page = await client.users.with_url(page.odata_next_link).get()
        pages += 1


async def registration_answers(world):
    """What each client says to a question about the registration report: None for an answer, or the typed error."""
    parameters = ReportBuilder.UserRegistrationDetailsRequestBuilderGetQueryParameters(
        filter="userPrincipalName eq 'nobody@nowhere.example'"
    )
    for tenant in world["tenants"][1:]:
        reports = graph(world, tenant["id"]).reports.authentication_methods.user_registration_details
        try:
            await reports.get(request_configuration=RequestConfiguration(query_parameters=parameters))
            yield tenant["id"], None
        except ODataError as refused:
            yield tenant["id"], refused
        except ClientAuthenticationError:
            continue  # No consent, no token: not what is asked here.


@pytest.fixture(scope="session")
def licensed(world):
    """The first client with Entra ID P1 and more than one page of users, found by asking."""

    async def find():
        async for tenant, refused in registration_answers(world):
            if refused is None and await count_users(graph(world, tenant)) > 110:
                return tenant
        raise AssertionError("no client answers the registration report")

    return asyncio.run(find())


async def count_users(client):
    eventual = HeadersCollection()
    eventual.add("ConsistencyLevel", "eventual")
    return await client.users.count.get(request_configuration=RequestConfiguration(headers=eventual))


def test_users_are_paged_to_the_end(world, licensed):
    async def run():
        client = graph(world, licensed)
        by_default, pages = await list_users(client, select=["id", "userPrincipalName", "accountEnabled", "userType"])
        assert pages == -(-len(by_default) // 100) > 1
        in_one, pages = await list_users(client, select=["id"], top=999)
        assert pages == 1
        assert {user.id for user in by_default} == {user.id for user in in_one}
        assert len(by_default) == len(in_one) == len({user.id for user in in_one})
        assert all(user.user_principal_name and user.account_enabled is not None for user in by_default)

        assert await count_users(client) == len(in_one)

    asyncio.run(run())


def test_the_sdks_page_iterator_sees_every_user(world, licensed):
    async def run():
        client = graph(world, licensed)
        first = await client.users.get(request_configuration=users_query(select=["id"], top=50))
        seen = []
        iterator = PageIterator(first, client.request_adapter)
        await iterator.iterate(lambda user: seen.append(user.id) or True)
        assert len(seen) == len(set(seen)) == await count_users(client)

    asyncio.run(run())


def test_delta_lists_everybody_once_and_then_nothing(world, licensed):
    async def run():
        client = graph(world, licensed)
        parameters = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(select=["id", "displayName"])
        page = await client.users.delta.get(request_configuration=RequestConfiguration(query_parameters=parameters))
        seen = []
        while True:
            seen.extend(user.id for user in page.value)
            if not page.odata_next_link:
                break
            page = await client.users.delta.with_url(page.odata_next_link).get()
        assert len(set(seen)) == await count_users(client)
        assert page.odata_delta_link
        later = await client.users.delta.with_url(page.odata_delta_link).get()
        assert later.value == [] and later.odata_delta_link

    asyncio.run(run())


def test_registration_details_are_paged_and_typed(world, licensed):
    async def run():
        client = graph(world, licensed)
        reports = client.reports.authentication_methods.user_registration_details
        page = await reports.get()
        rows = list(page.value)
        while page.odata_next_link:
            page = await reports.with_url(page.odata_next_link).get()
            rows.extend(page.value)
        assert 100 < len(rows) == len({row.id for row in rows}) <= await count_users(client)
        assert all(row.is_mfa_registered is not None and row.is_mfa_capable is not None for row in rows)
        assert any(row.methods_registered for row in rows)
        assert all(row.last_updated_date_time is not None for row in rows)

    asyncio.run(run())


def test_policies_and_organisation_are_typed(world, licensed):
    async def run():
        client = graph(world, licensed)
        [organization] = (await client.organization.get()).value
        assert organization.id == licensed and organization.verified_domains
        policies = (await client.identity.conditional_access.policies.get()).value
        assert all(policy.conditions.users is not None and policy.state is not None for policy in policies)
        defaults = await client.policies.identity_security_defaults_enforcement_policy.get()
        assert defaults.is_enabled in (True, False)

    asyncio.run(run())


def test_refusals_arrive_as_the_sdks_typed_errors(world, licensed):
    async def run():
        client = graph(world, licensed)
        with pytest.raises(ODataError) as missing:
            await client.users.by_user_id("5f3c1d5e-0000-4000-8000-000000000000").get()
        assert missing.value.response_status_code == 404
        assert missing.value.error.code == "Request_ResourceNotFound"
        assert missing.value.error.inner_error.request_id
        with pytest.raises(APIError) as unknown:
            await client.users.get(request_configuration=users_query(select=["shoeSize"]))
        assert unknown.value.response_status_code == 400

    asyncio.run(run())


def test_a_tenant_without_premium_licence_refuses_the_registration_report(world):
    async def run():
        refusals = [refused async for _, refused in registration_answers(world) if refused]
        codes = {(refused.response_status_code, refused.error.code) for refused in refusals}
        assert codes == {(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")}

    asyncio.run(run())
