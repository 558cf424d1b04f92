//! Installed plugins and their grants, which bind the whole directory.

use std::fs;

use leash_test_needs::needs;
use leash_tests::{AGENT_1, Api, Home, Reply, Run};
use serde_json::json;

use super::{MANIFEST, NESTED};
use crate::world::{KEYS, is_signed};

const DIR: &str = ".local/share/leash/plugins/keys";

fn world() -> (Api, Home) {
    let api = Api::start(|_, _| Reply::Json(200, json!({ "items": [] })));
    let home = Home::with_agent(&AGENT_1, &api.url);
    let _ = home.write_private(&format!("{DIR}/leash-plugin.toml"), MANIFEST);
    // It finds what lies beside it.
    let _ = home.write_script(&format!("{DIR}/leash-keys"), "#!/bin/sh\n. \"${0%/*}/lib/main.sh\"\n");
    let _ = home.write_private(&format!("{DIR}/lib/main.sh"), NESTED);
    (api, home)
}

fn leash(home: &Home, words: &[&str]) -> Run {
    home.leash(words)
}

#[test]
fn an_installed_plugin_signs_as_granted_until_a_file_of_it_changes() {
    let (api, home) = world();
    let _ = leash(&home, &["keys", "GET", KEYS]).fails(125);
    let trusted = leash(&home, &["plugin", "trust", "keys", "--yes", "--json"]).ok().json();
    assert!(trusted["grant"]["path"].as_str().unwrap().ends_with("/plugins/keys/leash-keys"));
    let _ = leash(&home, &["keys", "GET", KEYS]).ok();
    assert_eq!(api.requests().iter().filter(|request| is_signed(request)).count(), 1);
    let listed = leash(&home, &["plugin", "list", "--json"]).ok().json();
    let keys = listed["items"].as_array().unwrap().iter().find(|item| item["name"] == "keys").unwrap();
    assert_eq!((keys["source"].as_str(), keys["trust"].as_str()), (Some("installed"), Some("trusted")));
    // Whoever asks for help has nothing to sign, and no signer is started for it.
    let _ = home.write_private(&format!("{DIR}/lib/main.sh"), "echo \"signer:$LEASH_SIGNER\"\n");
    let _ = leash(&home, &["plugin", "trust", "keys", "--yes"]).ok();
    assert_eq!(leash(&home, &["keys", "--help"]).ok().stdout, "signer:\n");
    assert!(leash(&home, &["keys", "--help", "me"]).ok().stdout.starts_with("signer:fd:"));
    // A new file is a change as well.
    fs::write(home.join(DIR).join("lib/more.sh"), "").unwrap();
    let changed = leash(&home, &["keys"]).ok();
    changed.assert_says("which has changed since it was trusted (program)");
    assert_eq!(changed.stdout, "signer:\n");
    // One on PATH is another plugin, even of the same bytes.
    fs::remove_file(home.join(DIR).join("lib/more.sh")).unwrap();
    assert!(leash(&home, &["keys"]).ok().stdout.starts_with("signer:fd:"));
    fs::rename(home.join(DIR), home.join("bin")).unwrap();
    fs::rename(home.join("bin/leash-plugin.toml"), home.join("bin/leash-keys.toml")).unwrap();
    let moved = leash(&home, &["keys"]).path(&[&home.join("bin")]).ok();
    moved.assert_says("which has changed since it was trusted");
    assert_eq!(moved.stdout, "signer:\n");
}

/// Python keeps what it compiled beside a module, and a grant binds the whole directory.
#[needs("python3")]
#[test]
fn a_plugin_in_python_with_a_module_keeps_its_grant() {
    let (_api, home) = world();
    let script = "#!/usr/bin/env python3\nimport os, sys\nsys.path.insert(0, os.path.dirname(sys.argv[0]) + '/lib')\n\
                  import helper\nprint(helper.said())\n";
    let module = "import os\ndef said():\n    return 'signer:' + os.environ.get('LEASH_SIGNER', '')[:3]\n";
    let _ = home.write_script(&format!("{DIR}/leash-keys"), script);
    let _ = home.write_private(&format!("{DIR}/lib/helper.py"), module);
    assert_eq!(leash(&home, &["keys"]).ok().stdout, "signer:\n");
    let _ = leash(&home, &["plugin", "trust", "keys", "--yes"]).ok();
    for _ in 0..2 {
        assert_eq!(leash(&home, &["keys"]).ok().stdout, "signer:fd:\n");
    }
    assert!(!home.join(DIR).join("lib/__pycache__").exists());
}
