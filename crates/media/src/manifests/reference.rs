//! Which file a reference of a manifest means (RFC 3986, section 5).

use percent_encoding::percent_decode_str;

use crate::files::Files;

/// What a reference leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A file beside the manifest.
    Beside {
        /// Its path from the manifest's folder as the manifest writes it, percent-encoded; `..` only at the beginning.
        path: String,
        /// What the reference has after `?`.
        query: Option<String>,
    },
    /// Somewhere else, by this absolute reference. Nothing is looked for there on this machine.
    Elsewhere(String),
}

impl Place {
    /// The folder of the manifest itself, which all references start from.
    pub(crate) fn manifest() -> Place {
        Place::Beside { path: String::new(), query: None }
    }

    /// What a reference means here.
    pub(crate) fn join(&self, reference: &str) -> Place {
        let reference = reference.trim();
        if reference.is_empty() {
            return self.clone();
        }
        let absolute = reference.starts_with('/') || reference.starts_with('\\') || has_scheme(reference);
        let base = match self {
            // The path is absolute on the server that the base names.
            Place::Elsewhere(base) if is_path(reference) => {
                return Place::Elsewhere(format!("{}{reference}", server_of(base)));
            }
            _ if absolute => return Place::Elsewhere(reference.to_string()),
            Place::Elsewhere(base) => return Place::Elsewhere(format!("{}{reference}", folder_of(base))),
            Place::Beside { path, .. } => path,
        };
        let reference = reference.split('#').next().unwrap_or_default();
        let (path, query) = match reference.split_once('?') {
            Some((path, query)) => (path, Some(query.to_string())),
            None => (reference, None),
        };
        let path = match path.is_empty() {
            true => base.clone(),
            false => normal(&format!("{}{path}", folder_of(base))),
        };
        Place::Beside { path, query }
    }

    pub(crate) fn reference(&self) -> String {
        match self {
            Place::Beside { path, query: Some(query) } => format!("{path}?{query}"),
            Place::Beside { path, query: None } => path.clone(),
            Place::Elsewhere(url) => url.clone(),
        }
    }

    /// What it is called in messages.
    pub(crate) fn name(&self) -> &str {
        match self {
            Place::Beside { path, .. } => path,
            Place::Elsewhere(url) => url,
        }
    }

    /// The name of the file it is, with the file's size, if it is beside the manifest: decoded as a server would, or as it is
    /// written, or with the query in it, as some tools save it.
    pub(crate) fn find(&self, beside: &dyn Files) -> Option<(String, u64)> {
        let (path, query) = match self {
            Place::Beside { path, query } => (path, query),
            Place::Elsewhere(url) if beside.reaches_elsewhere() => {
                return Some((url.clone(), beside.size(url)?));
            }
            Place::Elsewhere(_) => return None,
        };
        if path.is_empty() || path.ends_with('/') {
            return None;
        }
        let decoded = percent_decode_str(path).decode_utf8().ok().map(|p| p.into_owned());
        let written = Some(path.clone()).filter(|p| decoded.as_ref() != Some(p));
        let queried = query.as_ref().map(|q| format!("{path}?{q}"));
        let mut names = [decoded, written, queried].into_iter().flatten();
        names.find_map(|name| {
            let size = (!name.contains('\0')).then(|| beside.size(&name))??;
            Some((name, size))
        })
    }
}

/// Everything up to the last `/`.
fn folder_of(path: &str) -> &str {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.rfind('/').map_or("", |at| &path[..=at])
}

/// Whether a reference is an absolute path on the same server.
fn is_path(reference: &str) -> bool {
    reference.starts_with('/') && !reference.starts_with("//")
}

/// Scheme and host of a URL; nothing of an absolute path.
fn server_of(base: &str) -> &str {
    let Some((_, rest)) = base.split_once("://") else { return "" };
    let path = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    &base[..base.len() - rest.len() + path]
}

fn has_scheme(reference: &str) -> bool {
    let Some((scheme, _)) = reference.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// A path without `.`, and with `..` only where it leads above the beginning.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." if parts.last().is_some_and(|p| *p != "..") => {
                parts.pop();
            }
            // A doubled slash means what a single one does, on disk. None is at the beginning, which would lead elsewhere: what
            // is before the one of `./` is gone.
            "" => {}
            _ => parts.push(part),
        }
    }
    let folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..") || path == "..";
    let end = if folder && !parts.is_empty() { "/" } else { "" };
    parts.join("/") + end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{InMemory, SourceFile};

    fn beside(path: &str) -> Place {
        Place::Beside { path: path.to_string(), query: None }
    }

    #[test]
    fn references_are_resolved_as_the_rfc_says() {
        // RFC 3986, section 5.4, as far as it concerns relative paths: the base there is b/c/d;p?q.
        let base = Place::manifest().join("b/c/d;p?q");
        for (reference, path) in [
            ("g", "b/c/g"),
            ("./g", "b/c/g"),
            ("g/", "b/c/g/"),
            ("g#s", "b/c/g"),
            (";x", "b/c/;x"),
            (".", "b/c/"),
            ("./", "b/c/"),
            ("..", "b/"),
            ("../", "b/"),
            ("../g", "b/g"),
            ("../../g", "g"),
            ("../../../g", "../g"),
            ("./../g", "b/g"),
            ("g/../h", "b/c/h"),
        ] {
            assert_eq!(base.join(reference), beside(path), "{reference}");
        }
        // A base that is the manifest's own folder, as packagers write it.
        for own in ["./", ".", "././", "a/../", "./a/.././"] {
            assert_eq!(Place::manifest().join(own).join("v/1.m4s"), beside("v/1.m4s"), "{own}");
        }
        assert_eq!(base.join(""), base);
        assert_eq!(base.join("g?y"), Place::Beside { path: "b/c/g".into(), query: Some("y".into()) });
    }

    #[test]
    fn what_is_absolute_is_elsewhere_and_so_is_what_hangs_on_it() {
        let base = beside("dash/");
        for absolute in ["https://cdn.example/v/", "//cdn.example/v/", "/v/", "file:///v/", "data:,x"] {
            assert_eq!(base.join(absolute), Place::Elsewhere(absolute.to_string()));
        }
        let far = base.join("https://cdn.example/v/m.mpd?token=a/b").join("1.m4s");
        assert_eq!(far.name(), "https://cdn.example/v/1.m4s");
        assert_eq!(far.find(&InMemory(&[])), None);
    }

    #[test]
    fn names_are_decoded_or_taken_as_they_are() {
        let file = |name: &str| SourceFile { name: name.to_string(), bytes: vec![0; 7] };
        let files = [file("a b.ts"), file("c%20d.ts"), file("e.ts?t=1")];
        let find = |reference: &str| Place::manifest().join(reference).find(&InMemory(&files)).map(|f| f.0);
        assert_eq!(find("a%20b.ts?x=1").as_deref(), Some("a b.ts"));
        assert_eq!(find("a b.ts").as_deref(), Some("a b.ts"));
        assert_eq!(find("c%20d.ts").as_deref(), Some("c%20d.ts"));
        assert_eq!(find("e.ts?t=1").as_deref(), Some("e.ts?t=1"));
        assert_eq!(find("%ff%00.ts"), None);
        assert_eq!(find(""), None);
    }
}
