//! The description of the API (`OpenAPI` 3.1), made from the code of its handlers.

use std::sync::LazyLock;

use axum::response::Response;
use hyper::StatusCode;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::wire::typed;
use super::{account, admin, keys, lookup, stamps, webhooks};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Time-stamp authority",
        description = "Accounts, tokens for many digests, keys and webhooks for platform backends. \
            `docs/api.md` says how to use it.",
        version = "1",
        license(name = "Apache-2.0 OR MIT")
    ),
    servers((url = "/")),
    paths(
        account::account,
        account::change_account,
        account::statement,
        stamps::stamp,
        lookup::stamps,
        lookup::stamp,
        keys::keys,
        keys::add_key,
        keys::revoke_key,
        webhooks::webhooks,
        webhooks::add_webhook,
        webhooks::remove_webhook,
        admin::reload,
        description,
    ),
    security(("bearer" = []), ("basic" = [])),
    modifiers(&Schemes),
    tags(
        (name = "stamps", description = "Tokens: made, found and given again"),
        (name = "account", description = "Balance and statement"),
        (name = "keys", description = "API keys"),
        (name = "webhooks", description = "Who is told of what"),
        (name = "admin", description = "For the operator of the server"),
        (name = "description", description = "This description"),
    )
)]
struct Description;

/// How a key is shown.
struct Schemes;

impl Modify for Schemes {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let components = description.components.get_or_insert_default();
        let bearer = Http::new(HttpAuthScheme::Bearer);
        let basic = Http::new(HttpAuthScheme::Basic);
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        components.add_security_scheme("basic", SecurityScheme::Http(basic));
        let operator = Http::new(HttpAuthScheme::Bearer);
        components.add_security_scheme("operator", SecurityScheme::Http(operator));
    }
}

static JSON: LazyLock<String> = LazyLock::new(|| {
    let json = Description::openapi().to_pretty_json();
    json.unwrap_or_default() + "\n"
});

/// The description as it is served and kept in `docs/openapi.json`.
#[must_use]
pub fn json() -> &'static str {
    &JSON
}

/// This description
#[utoipa::path(get, path = "/api/v1/openapi.json", operation_id = "description",
    tag = "description", security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub(super) async fn description() -> Response {
    typed(StatusCode::OK, "application/json", json())
}
