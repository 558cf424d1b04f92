//! What a manifest may say, beyond its form.

use leash_protocol::{
    manifest::{
        Command, Consent, Manifest, PluginKind, Run, SCHEMA, Sign, SignerAt, Stdin, is_forbidden_variable,
    },
    name,
    scope::Asked,
};

use super::{Fault, speaks};

/// Stands for whichever agent's mint, where only the form of a path matters.
const ANY_MINT: &str = "11111111111111111111111111111111";

pub(super) fn check(manifest: &Manifest, expected_name: &str) -> Result<(), Fault> {
    if manifest.schema != SCHEMA {
        return Err(Fault::at(&["schema"], format!("this leash knows schema {SCHEMA} alone")));
    }
    if !speaks(manifest) {
        return Err(Fault::at(&["protocol"], "the plugin doesn't speak version 1 of the contract"));
    }
    if manifest.name != expected_name || !name::is_valid(&manifest.name) {
        let what = format!("it is the manifest of `{}`, not of `{expected_name}`", manifest.name);
        return Err(Fault::at(&["name"], what));
    }
    check_run(&manifest.run, manifest.kind)?;
    if let Some(sign) = &manifest.sign {
        check_scopes(sign)?;
    }
    check_presign(manifest)?;
    manifest.command.iter().enumerate().try_for_each(|(index, command)| check_command(index, command))
}

fn check_run(run: &Run, kind: PluginKind) -> Result<(), Fault> {
    for (index, variable) in run.env.iter().enumerate() {
        let wrong = |what: String| Fault::at(&["run", "env"], what).item(index);
        if is_forbidden_variable(variable) {
            return Err(wrong(format!("no plugin gets `{variable}`")));
        }
        // Exact names only: a pattern could mean what is forbidden.
        let fine = |at: usize, byte: u8| {
            byte == b'_' || byte.is_ascii_alphabetic() || at > 0 && byte.is_ascii_digit()
        };
        if variable.is_empty() || !variable.bytes().enumerate().all(|(at, byte)| fine(at, byte)) {
            return Err(wrong(format!("`{variable}` is no name of a variable")));
        }
    }
    if kind == PluginKind::Dylib {
        // A library is called with the context, and calls its loader to have something signed.
        if run.stdin != Stdin::Inherit {
            return Err(Fault::at(
                &["run", "stdin"],
                "a library is handed the context: `stdin` is \"inherit\"",
            ));
        }
        if run.signer != SignerAt::Fd {
            return Err(Fault::at(&["run", "signer"], "a library asks its loader: `signer` is \"fd\""));
        }
    }
    Ok(())
}

fn check_scopes(sign: &Sign) -> Result<(), Fault> {
    for (index, scope) in sign.scopes.iter().enumerate() {
        scope.check().map_err(|what| Fault::at(&["sign", "scopes"], what).item(index))?;
    }
    Ok(())
}

fn check_presign(manifest: &Manifest) -> Result<(), Fault> {
    let Some(first) = manifest.presign.first() else { return Ok(()) };
    let wrong = |what: &str| Fault::at(&["presign"], what).item(0);
    let Some(sign) = &manifest.sign else {
        return Err(wrong(&format!("`{}` lies in no scope: there is no `[sign]`", first.path)));
    };
    if sign.consent == Consent::Each {
        return Err(wrong("nothing is signed in advance where the user is asked each time"));
    }
    if manifest.presign.len() > usize::try_from(sign.max_signatures).unwrap_or(usize::MAX) {
        return Err(wrong(&format!(
            "{} requests are to be signed in advance, and `max_signatures` is {}",
            manifest.presign.len(),
            sign.max_signatures
        )));
    }
    for (index, presign) in manifest.presign.iter().enumerate() {
        let wrong = |key: &str, what: String| Fault::at(&["presign"], what).item(index).key(key);
        if presign.path.contains('*') {
            return Err(wrong("path", format!("`{}` isn't one exact path", presign.path)));
        }
        let path: Vec<_> =
            presign.path.split('/').map(|part| if part == "{mint}" { ANY_MINT } else { part }).collect();
        let path = path.join("/");
        let asked =
            Asked::check(&presign.method, &path, "").map_err(|what| wrong("path", what.to_owned()))?;
        if !sign.scopes.iter().any(|scope| scope.allows(&asked, ANY_MINT)) {
            let what = format!("no scope allows `{} {}`", presign.method, presign.path);
            return Err(wrong("path", what));
        }
    }
    Ok(())
}

/// The words end up in completion scripts and man pages, so they are plain.
fn check_command(index: usize, command: &Command) -> Result<(), Fault> {
    let wrong = |key: &str, what: String| Fault::at(&["command"], what).item(index).key(key);
    if let Some(word) = command.path.iter().find(|word| !is_word(word)) {
        return Err(wrong("path", format!("`{word}` is no name of a subcommand")));
    }
    for (at, flag) in command.flags.iter().enumerate() {
        let wrong = |what| wrong("flags", what).item(at);
        if !is_word(&flag.long) {
            return Err(wrong(format!("`{}` is no name of an option", flag.long)));
        }
        if let Some(short) = &flag.short
            && !(short.len() == 1 && short.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        {
            return Err(wrong(format!("`{short}` is no short option: one letter or digit, without `-`")));
        }
    }
    Ok(())
}

/// Letters, digits, `-`, `_`, `.` and `:`, with a letter or digit in front.
fn is_word(word: &str) -> bool {
    word.len() <= 64
        && word.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'))
}
