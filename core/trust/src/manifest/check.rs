//! What a manifest may say, beyond its form.

use leash_protocol::{
    manifest::{
        Command, Consent, Manifest, PluginKind, Run, SCHEMA, Sign, SignerAt, Stdin, is_forbidden_variable,
    },
    name,
    scope::Asked,
};

use leash_policy::{Allowance, BadLimit};

use super::{Fault, speaks};

/// Stands for whichever agent's mint, where only the form of a path matters.
const ANY_MINT: &str = "11111111111111111111111111111111";

/// All that is wrong, what comes first in the file's own order of tables first.
pub(super) fn check(manifest: &Manifest, expected_name: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    if manifest.schema != SCHEMA {
        faults.push(Fault::at(&["schema"], format!("this leash knows schema {SCHEMA} alone")));
    }
    if !speaks(manifest) {
        faults.push(Fault::at(&["protocol"], "the plugin doesn't speak version 1 of the contract"));
    }
    if manifest.name != expected_name || !name::is_valid(&manifest.name) {
        let what = format!("it is the manifest of `{}`, not of `{expected_name}`", manifest.name);
        faults.push(Fault::at(&["name"], what));
    }
    check_run(&manifest.run, manifest.kind, &mut faults);
    if let Some(sign) = &manifest.sign {
        check_scopes(sign, &mut faults);
    }
    if let Some(pay) = &manifest.pay
        && let Err(BadLimit { key, host, why }) = Allowance::read(pay)
    {
        let fault = Fault::at(&["pay", key], why);
        faults.push(match host {
            Some(index) => fault.item(index),
            None => fault,
        });
    }
    check_presign(manifest, &mut faults);
    for (index, command) in manifest.command.iter().enumerate() {
        check_command(index, command, &mut faults);
    }
    faults
}

fn check_run(run: &Run, kind: PluginKind, faults: &mut Vec<Fault>) {
    for (index, variable) in run.env.iter().enumerate() {
        let mut wrong = |what: String| faults.push(Fault::at(&["run", "env"], what).item(index));
        // Exact names only: a pattern could mean what is forbidden.
        let fine = |at: usize, byte: u8| {
            byte == b'_' || byte.is_ascii_alphabetic() || at > 0 && byte.is_ascii_digit()
        };
        if is_forbidden_variable(variable) {
            wrong(format!("no plugin gets `{variable}`"));
        } else if variable.is_empty() || !variable.bytes().enumerate().all(|(at, byte)| fine(at, byte)) {
            wrong(format!("`{variable}` is no name of a variable"));
        }
    }
    if kind == PluginKind::Dylib {
        // A library is called with the context, and calls its loader to have something signed.
        if run.stdin != Stdin::Inherit {
            let what = "a library is handed the context: `stdin` is \"inherit\"";
            faults.push(Fault::at(&["run", "stdin"], what));
        }
        if run.signer != SignerAt::Fd {
            faults.push(Fault::at(&["run", "signer"], "a library asks its loader: `signer` is \"fd\""));
        }
    }
}

fn check_scopes(sign: &Sign, faults: &mut Vec<Fault>) {
    for (index, scope) in sign.scopes.iter().enumerate() {
        faults.extend(scope.check().err().map(|what| Fault::at(&["sign", "scopes"], what).item(index)));
    }
}

fn check_presign(manifest: &Manifest, faults: &mut Vec<Fault>) {
    let Some(first) = manifest.presign.first() else { return };
    let mut wrong = |what: &str| faults.push(Fault::at(&["presign"], what).item(0));
    let Some(sign) = &manifest.sign else {
        return wrong(&format!("`{}` lies in no scope: there is no `[sign]`", first.path));
    };
    if sign.consent == Consent::Each {
        wrong("nothing is signed in advance where the user is asked each time");
    }
    if manifest.presign.len() > usize::try_from(sign.max_signatures).unwrap_or(usize::MAX) {
        wrong(&format!(
            "{} to be signed in advance, and `max_signatures` is {}",
            leash_output::count(manifest.presign.len(), "request"),
            sign.max_signatures
        ));
    }
    for (index, presign) in manifest.presign.iter().enumerate() {
        let what = check_presigned(&presign.method, &presign.path, sign).err();
        faults.extend(what.map(|what| Fault::at(&["presign"], what).item(index).key("path")));
    }
}

fn check_presigned(method: &str, path: &str, sign: &Sign) -> Result<(), String> {
    if path.contains('*') {
        return Err(format!("`{path}` isn't one exact path"));
    }
    let parts: Vec<_> = path.split('/').map(|part| if part == "{mint}" { ANY_MINT } else { part }).collect();
    let exact = parts.join("/");
    let asked = Asked::check(method, &exact, "").map_err(str::to_owned)?;
    if !sign.scopes.iter().any(|scope| scope.allows(&asked, ANY_MINT)) {
        return Err(format!("no scope allows `{method} {path}`"));
    }
    Ok(())
}

/// The words end up in completion scripts and man pages, so they are plain.
fn check_command(index: usize, command: &Command, faults: &mut Vec<Fault>) {
    let mut wrong = |key: &str, at: usize, what: String| {
        faults.push(Fault::at(&["command"], what).item(index).key(key).item(at));
    };
    for (at, word) in command.path.iter().enumerate().filter(|(_, word)| !is_word(word)) {
        wrong("path", at, format!("`{word}` is no name of a subcommand"));
    }
    for (at, flag) in command.flags.iter().enumerate() {
        if !is_word(&flag.long) {
            wrong("flags", at, format!("`{}` is no name of an option", flag.long));
        }
        if let Some(short) = &flag.short
            && !(short.len() == 1 && short.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        {
            wrong("flags", at, format!("`{short}` is no short option: one letter or digit, without `-`"));
        }
    }
}

/// Letters, digits, `-`, `_`, `.` and `:`, with a letter or digit in front.
fn is_word(word: &str) -> bool {
    word.len() <= 64
        && word.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'))
}
