//! The guide for plugin authors, done as it says: every `sh` block in order, in one shell, on the sandbox; every
//! `python` and `toml` block put where it belongs. A block marked `sh skip` is shown to readers alone.

use std::{fs, path::Path};

use leash_test_needs::needs;
use leash_tests::Sandbox;

/// A block of code.
struct Block {
    language: String,
    text: String,
}

fn blocks() -> Vec<Block> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/examples/GUIDE.md");
    let guide = fs::read_to_string(path).unwrap();
    let start = guide.find("## In ten minutes").unwrap();
    let end = guide.find("## What a plugin is given").unwrap();
    let mut blocks = Vec::new();
    let mut rest = &guide[start..end];
    while let Some((_, after)) = rest.split_once("\n```") {
        let (language, after) = after.split_once('\n').unwrap();
        let (text, after) = after.split_once("\n```").unwrap();
        blocks.push(Block { language: language.to_owned(), text: text.to_owned() });
        rest = after;
    }
    blocks
}

/// Puts a block of Python in the place of what has its name, or among the imports; one of TOML in the place of the
/// line with its key.
const EDIT: &str = r#"
import pathlib, re, sys
block = open(sys.argv[1], encoding="utf-8").read().strip() + "\n"
head = re.match(r"(def|class) \w+", block)
folder = pathlib.Path("leash-oldest-key")
for path in [folder / "leash-oldest-key", folder / "test.py", folder / "leash-plugin.toml"]:
    text = path.read_text(encoding="utf-8")
    if head and f"\n{head[0]}(" in text:
        pattern = rf"^{head[0]}\(.*?(?=^\S)"
        new = re.sub(pattern, lambda _: block + "\n\n", text, count=1, flags=re.M | re.S)
    elif block.startswith("import ") and "\nimport hashlib\n" in text:
        new = text.replace("\nimport hashlib\n", "\n" + block + "import hashlib\n", 1)
    elif path.suffix == ".toml" and sys.argv[1].endswith(".toml"):
        key = block.split(" = ")[0]
        new = re.sub(rf"^{key} = .*\n", lambda _: block, text, count=1, flags=re.M)
    else:
        continue
    assert new != text, path
    path.write_text(new, encoding="utf-8")
    sys.exit(0)
sys.exit("no place for: " + block)
"#;

#[needs("python3")]
#[test]
fn the_guide_works_as_written() {
    let sandbox = Sandbox::up();
    let home = &sandbox.home;
    // The guide starts its own, in this home; the one that is up is as good, and goes when the test ends.
    let _ = home.write("edit.py", EDIT, 0o644);
    let mut script = "set -eu\n".to_owned();
    let mut ran = 0;
    for (number, block) in blocks().into_iter().enumerate() {
        let file = format!("block-{number}.{}", block.language);
        match block.language.as_str() {
            "sh" => {
                script.push_str(&format!("echo '== block {number}' >&2\n{}\n", block.text));
                ran += 1;
            }
            "python" | "toml" => {
                let _ = home.write(&file, &block.text, 0o644);
                script.push_str(&format!("python3 edit.py {file}\n"));
            }
            "sh skip" => {}
            other => panic!("a block of `{other}`: mark it `sh skip` if it can't be run"),
        }
    }
    assert!(ran >= 4, "the guide's blocks weren't found");
    let done = home.shell(&script).ok();
    assert!(done.stdout.contains("1 API keys, the oldest 0 days old\n"), "{done:?}");
    assert!(done.stdout.contains("exit status 125: nothing is granted yet\n"), "{done:?}");
    assert!(done.stdout.contains("ok: 38, warnings: 0, failed: 0, skipped: 1\n"), "{done:?}");
    assert!(done.stdout.contains("`oldest-key` is as it should be\n"), "{done:?}");
    assert!(done.stdout.contains("\"oldest_days\": 0"), "{done:?}");
}
