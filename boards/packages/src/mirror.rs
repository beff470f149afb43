//! Finds a Debian mirror in the machine's own apt configuration.
//!
//! This project names no mirror: a machine that can install packages knows one that it can reach. Both forms of
//! sources.list(5) are read, the one-line form and deb822. `PORTOLAN_DEBIAN_MIRROR` overrides both.

use std::fs;
use std::path::Path;

use crate::Error;

/// Where Debian puts the keys of its archive.
const ARCHIVE_KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// A mirror of the Debian archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// Its address as apt takes it; all suites are below it.
    pub uri: String,
    /// The file with the keys that sign it; none if apt's trusted keys do.
    pub signed_by: Option<String>,
}

impl Mirror {
    /// The mirror in `PORTOLAN_DEBIAN_MIRROR`, else the first of this machine's configuration.
    pub fn of_this_machine() -> Result<Self, Error> {
        let keyring = || Path::new(ARCHIVE_KEYRING).exists().then(|| ARCHIVE_KEYRING.to_owned());
        if let Ok(uri) = std::env::var("PORTOLAN_DEBIAN_MIRROR") {
            return Ok(Mirror { uri, signed_by: keyring() });
        }
        let mut found = configured(Path::new("/etc/apt")).ok_or(Error::NoMirror)?;
        // What names no key is trusted by apt's own keys, or by the archive's.
        found.signed_by = found.signed_by.or_else(keyring);
        Ok(found)
    }

    /// The line of a sources.list for `suite`.
    pub fn source_line(&self, suite: &str) -> String {
        let options = self.signed_by.as_ref().map(|key| format!("[signed-by={key}] ")).unwrap_or_default();
        format!("deb {options}{} {suite} main\n", self.uri)
    }
}

/// The first Debian mirror below an `etc/apt` folder, in the order in which apt reads it.
fn configured(etc_apt: &Path) -> Option<Mirror> {
    let mut files = vec![etc_apt.join("sources.list")];
    let mut parts: Vec<_> = fs::read_dir(etc_apt.join("sources.list.d"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .collect();
    parts.sort();
    files.extend(parts);
    files.iter().find_map(|file| {
        let text = fs::read_to_string(file).ok()?;
        match file.extension()?.to_str()? {
            "list" => one_line_form(&text),
            "sources" => deb822_form(&text),
            _ => None,
        }
    })
}

/// `deb [signed-by=/a/key.gpg] http://host/debian bookworm main`
fn one_line_form(text: &str) -> Option<Mirror> {
    text.lines().find_map(|line| {
        let line = line.split('#').next()?.trim();
        let mut rest = line.strip_prefix("deb")?.strip_prefix(char::is_whitespace)?.trim_start();
        let mut signed_by = None;
        if let Some(after) = rest.strip_prefix('[') {
            let (options, after) = after.split_once(']')?;
            signed_by =
                options.split_whitespace().find_map(|o| o.strip_prefix("signed-by=")).and_then(key_file);
            rest = after;
        }
        let mut words = rest.split_whitespace();
        let (uri, _suite) = (words.next()?, words.next()?);
        debian(uri, words, signed_by)
    })
}

/// Stanzas of `Types:`, `URIs:`, `Suites:`, `Components:`, `Signed-By:`.
fn deb822_form(text: &str) -> Option<Mirror> {
    // A comment is no end of a stanza; an empty line is.
    let text: String =
        text.lines().filter(|l| !l.starts_with('#')).map(|l| format!("{}\n", l.trim_end())).collect();
    text.split("\n\n").find_map(|stanza| {
        let field = |name: &str| {
            stanza.lines().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim())
            })
        };
        if field("Enabled") == Some("no") || !field("Types")?.split_whitespace().any(|t| t == "deb") {
            return None;
        }
        let signed_by = field("Signed-By").and_then(key_file);
        field("URIs")?
            .split_whitespace()
            .find_map(|uri| debian(uri, field("Components")?.split_whitespace(), signed_by.clone()))
    })
}

/// A key may also stand in the configuration itself; only a file can be handed on.
fn key_file(value: &str) -> Option<String> {
    let first = value.split(',').next()?;
    first.starts_with('/').then(|| first.to_owned())
}

/// Whether this is the Debian archive itself: `…/debian` (or apt's list of mirrors with that name) with a component
/// `main`. Other vendors' repositories and the security archive, which has no testing suites to speak of, are not.
fn debian<'a>(
    uri: &str,
    mut components: impl Iterator<Item = &'a str>,
    signed_by: Option<String>,
) -> Option<Mirror> {
    let uri = uri.trim_end_matches('/');
    let is_archive = uri.ends_with("/debian") || uri.ends_with("/debian.list");
    (is_archive && components.any(|c| c == "main")).then(|| Mirror { uri: uri.to_owned(), signed_by })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mirror(uri: &str, key: Option<&str>) -> Option<Mirror> {
        Some(Mirror { uri: uri.into(), signed_by: key.map(Into::into) })
    }

    #[test]
    fn the_one_line_form_gives_its_first_debian_archive() {
        let text = "# deb http://commented.example/debian sid main\n\
                    deb-src http://source.example/debian trixie main\n\
                    deb http://vendor.example/linux/debian trixie stable\n\
                    deb http://security.example/debian-security trixie-security main\n\
                    deb [arch=amd64 signed-by=/k.gpg] http://good.example/debian/ trixie main contrib # here\n\
                    deb http://later.example/debian trixie main\n";
        assert_eq!(one_line_form(text), mirror("http://good.example/debian", Some("/k.gpg")));
    }

    #[test]
    fn the_deb822_form_gives_its_first_debian_archive() {
        let text = "Types: deb\nURIs: http://security.example/debian-security\nSuites: s\nComponents: main\n\n\
                    Types: deb\nEnabled: no\nURIs: http://off.example/debian\nSuites: s\nComponents: main\n\n\
                    Types: deb deb-src\n# a comment\nURIs: mirror+file:///etc/apt/mirrors/debian.list\n\
                    Suites: bookworm bookworm-updates\nComponents: main\nSigned-By: /usr/share/keyrings/a.gpg\n";
        assert_eq!(
            deb822_form(text),
            mirror("mirror+file:///etc/apt/mirrors/debian.list", Some("/usr/share/keyrings/a.gpg"))
        );
    }

    #[test]
    fn a_key_inside_the_configuration_is_not_handed_on() {
        let text = "Types: deb\nURIs: http://a.example/debian\nSuites: s\nComponents: main\nSigned-By:\n -----BEGIN\n";
        assert_eq!(deb822_form(text), mirror("http://a.example/debian", None));
    }

    #[test]
    fn a_machine_without_debian_has_no_mirror() {
        let apt = tempfile::tempdir().unwrap();
        fs::create_dir(apt.path().join("sources.list.d")).unwrap();
        fs::write(apt.path().join("sources.list"), "deb http://a.example/ubuntu noble main\n").unwrap();
        fs::write(apt.path().join("sources.list.d/x.sources.bak"), "Types: deb\n").unwrap();
        assert_eq!(configured(apt.path()), None);
    }

    #[test]
    fn the_main_file_comes_before_the_parts_and_parts_in_order() {
        let apt = tempfile::tempdir().unwrap();
        fs::create_dir(apt.path().join("sources.list.d")).unwrap();
        for (name, host) in [("b.list", "second"), ("a.list", "first")] {
            let line = format!("deb http://{host}.example/debian sid main\n");
            fs::write(apt.path().join("sources.list.d").join(name), line).unwrap();
        }
        assert_eq!(configured(apt.path()), mirror("http://first.example/debian", None));
        fs::write(apt.path().join("sources.list"), "deb http://main.example/debian sid main\n").unwrap();
        assert_eq!(configured(apt.path()), mirror("http://main.example/debian", None));
    }
}
