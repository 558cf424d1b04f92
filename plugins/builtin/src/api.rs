//! `leash api`: any request to the API, signed by the agent.

use clap::{ArgMatches, Command, FromArgMatches as _};
use leash_api::{Auth, RawRequest, RawResponse};
use leash_command::{Builtin, Host, typed_body};
use leash_connect::api_error;
use leash_output::{Error, escape, write_stdout};
use leash_protocol::commands::Outline;
use serde_json::{Value, json};

/// The built-in.
pub(crate) struct Api;

#[derive(clap::Args)]
struct Args {
    /// The HTTP method
    method: String,
    /// Path and query below the API's base URL; `{mint}` stands for the agent's mint
    path: String,
    /// A JSON body: text, `@FILE`, or `@-` for stdin
    #[arg(long, value_name = "JSON")]
    body: Option<String>,
    /// Send the API key in the place of a signature
    #[arg(long)]
    bearer: bool,
}

impl Builtin for Api {
    fn outline(&self) -> &'static Outline {
        &leash_protocol::commands::API
    }

    fn command(&self) -> Command {
        <Args as clap::Args>::augment_args(Command::new("api")).after_help(
            "Examples:\n  leash api GET '/v1/agents/{mint}/api-keys?limit=5'\n  \
             leash api POST '/v1/agents/{mint}/api-keys' --body '{\"label\":\"ci\"}'\n  \
             leash api GET '/v1/receipts/{mint}' --bearer\n\nThe body of the answer goes to stdout as it is; with --json \
             it is put into a document with its status.",
        )
    }

    fn document(&self, _: Option<&str>) -> &'static str {
        "api_response"
    }

    fn run(&self, host: &Host, matches: &ArgMatches) -> Result<(), Error> {
        let args = Args::from_arg_matches(matches).map_err(|error| Error::usage(error.to_string()))?;
        if !args.path.starts_with('/') {
            return Err(Error::usage(format!("the path `{}` doesn't begin with `/`", args.path))
                .hint("name it as the API does: `/v1/agents/{mint}/api-keys`"));
        }
        let body = args.body.as_deref().map(body).transpose()?;
        let acting = host.acting(args.bearer)?;
        let request = RawRequest {
            method: args.method.to_uppercase(),
            path_and_query: args.path.replace("{mint}", &acting.mint.to_string()),
            body,
            auth: if args.bearer { Auth::Bearer } else { Auth::Signed },
        };
        let progress = host.out.progress("waiting for the API");
        let answer = host.block_on(acting.client.request(request))?.map_err(failure)?;
        drop(progress);
        print(host, &answer)
    }
}

/// What no request can be made of was typed so.
fn failure(error: leash_api::Error) -> Error {
    if matches!(error, leash_api::Error::InvalidRequest { .. }) {
        return Error::usage(error.to_string())
            .hint("for example `leash api GET '/v1/agents/{mint}/api-keys'`");
    }
    api_error(error)
}

fn body(text: &str) -> Result<Vec<u8>, Error> {
    let bytes = typed_body(text)?;
    if serde_json::from_slice::<serde::de::IgnoredAny>(&bytes).is_err() {
        return Err(Error::usage("the body is not JSON").hint("for example `--body '{\"label\":\"ci\"}'`"));
    }
    Ok(bytes)
}

fn print(host: &Host, answer: &RawResponse) -> Result<(), Error> {
    if !host.out.json && !host.out.is_terminal() {
        return write_stdout(&answer.body);
    }
    let text = std::str::from_utf8(&answer.body).map_err(|_| {
        Error::failure("malformed", "the answer is not UTF-8")
            .hint("redirect stdout to a file, without `--json`, to have it as it is")
    })?;
    let value = serde_json::from_str::<Value>(text);
    if host.out.json {
        let body = match value {
            Ok(value) => value,
            Err(_) if text.is_empty() => Value::Null,
            Err(_) => json!(text),
        };
        return host.out.document(&json!({
            "kind": "api_response", "status": "ok", "http_status": answer.status,
            "content_type": answer.content_type, "body": body,
        }));
    }
    if text.is_empty() {
        host.out.note(&format!("the API answered {} without a body", answer.status));
        return Ok(());
    }
    match value {
        Ok(value) => host.out.document(&value),
        Err(_) => host.out.text(&text.lines().map(escape).collect::<Vec<_>>().join("\n")),
    }
}
