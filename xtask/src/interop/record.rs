//! What sellers and facilitators say, as vectors, so that tests need neither node nor Python.

use std::{fs, path::Path};

use serde_json::{Map, Value, json};

use super::{
    http,
    purchase::{BODY_TYPE, Bought, Method},
    sellers::{Family, Language, Seller},
};
use crate::run;

/// Where the vectors are, in the project.
const DIR: &str = "core/pay/tests/vectors";
/// Headers that say nothing of the protocol.
const IGNORED: [&str; 7] =
    ["connection", "content-length", "date", "etag", "keep-alive", "transfer-encoding", "x-powered-by"];

/// The vectors of one seller.
pub(super) struct Vectors {
    seller: &'static str,
    document: Map<String, Value>,
}

impl Vectors {
    pub(super) fn new(seller: &'static Seller, family: &Family, installed: &Path) -> Self {
        let mut document = Map::new();
        document.insert("seller".to_owned(), json!(seller.name));
        document.insert("packages".to_owned(), json!(packages(family, installed)));
        document.insert("buyer".to_owned(), json!(seller.buyer));
        Self { seller: seller.name, document }
    }

    /// Asks for the goods without paying.
    pub(super) fn demand(&mut self, method: Method, port: u16) -> Result<(), String> {
        let answer = http::ask(port, method.name(), "/goods", BODY_TYPE, method.body())?;
        let headers = answer.headers.iter().filter(|(name, _)| is_telling(name));
        let headers: Vec<_> = headers.map(|(name, value)| json!([name, value])).collect();
        let demand = json!({ "status": answer.status, "headers": headers, "body": answer.body });
        self.document.insert(method.name().to_owned(), json!({ "body": method.body(), "demand": demand }));
        Ok(())
    }

    /// What a stranger paid with, and what it led to.
    pub(super) fn bought(&mut self, method: Method, bought: Bought, facilitator: Vec<Value>) {
        let mut answer = bought.answer;
        if let Some(headers) = answer["headers"].as_object_mut() {
            let telling = std::mem::take(headers).into_iter().filter(|(name, _)| is_telling(name));
            answer["headers"] = telling.map(|(name, value)| json!([name, value])).collect();
        }
        let cell = &mut self.document[method.name()];
        cell["payment"] = bought.payment;
        cell["delivery"] = answer;
        cell["facilitator"] = Value::Array(facilitator);
    }

    pub(super) fn write(&self) -> Result<(), String> {
        let dir = run::root().join(DIR);
        let path = dir.join(format!("{}.json", self.seller));
        let text = serde_json::to_string_pretty(&self.document).map_err(|error| error.to_string())?;
        fs::create_dir_all(&dir)
            .and_then(|()| fs::write(&path, text + "\n"))
            .map_err(|error| format!("{}: {error}", path.display()))
    }
}

fn is_telling(header: &str) -> bool {
    !IGNORED.contains(&header.to_ascii_lowercase().as_str())
}

/// The packages that the family's programs use, with their versions.
fn packages(family: &Family, installed: &Path) -> Vec<String> {
    let read = |name: &str| fs::read_to_string(installed.join(name)).unwrap_or_default();
    match family.language {
        Language::JavaScript => {
            let manifest: Value = serde_json::from_str(&read("package.json")).unwrap_or_default();
            let packages = manifest["dependencies"].as_object().into_iter().flatten();
            packages
                .map(|(name, version)| format!("{name} {}", version.as_str().unwrap_or_default()))
                .collect()
        }
        Language::Python => {
            let pinned = read("requirements.in");
            pinned.lines().filter(|line| !line.starts_with('#')).map(|line| line.replace("==", " ")).collect()
        }
    }
}
