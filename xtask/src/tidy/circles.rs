//! Import circles between the files of a crate.
//!
//! An arrow goes from a file to the file that defines what it names: by a `use`, or by a path that begins with `crate::` or
//! `super::`. Re-exports (`pub use`) are looked through and are no arrows themselves, so that a module may re-export its
//! children and they may name what it defines. Unit tests do not count.

use std::collections::{BTreeMap, BTreeSet};

use super::sources::Source;

type Module = Vec<String>;

/// The files of a crate as modules, with what they name and re-export.
struct Map {
    modules: BTreeSet<Module>,
    /// What is named: absolute paths.
    uses: BTreeMap<Module, Vec<Module>>,
    /// What a module re-exports under a name: its absolute path.
    exports: BTreeMap<(Module, String), Module>,
}

/// The circles of a crate, each as a sentence.
pub(super) fn find(name: &str, sources: &[Source]) -> Vec<String> {
    let map = Map::of(sources);
    let arrows = map.arrows();
    let mut told: BTreeSet<Module> = BTreeSet::new();
    let mut found = Vec::new();
    for start in &map.modules {
        if told.contains(start) {
            continue;
        }
        if let Some(circle) = shortest_circle(start, &arrows) {
            let shown: Vec<String> = circle.iter().map(shown).collect();
            found.push(format!("{name}: import circle {} -> {}", shown.join(" -> "), shown[0]));
            told.extend(circle);
        }
    }
    found
}

fn shown(module: &Module) -> String {
    if module.is_empty() { "lib".to_string() } else { module.join("::") }
}

/// The shortest way from a file back to itself.
fn shortest_circle(start: &Module, arrows: &BTreeMap<Module, BTreeSet<Module>>) -> Option<Vec<Module>> {
    let mut ways = std::collections::VecDeque::from([vec![start.clone()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in arrows.get(way.last()?).into_iter().flatten() {
            if next == start {
                return Some(way);
            }
            if seen.insert(next.clone()) {
                let mut longer = way.clone();
                longer.push(next.clone());
                ways.push_back(longer);
            }
        }
    }
    None
}

impl Map {
    fn of(sources: &[Source]) -> Map {
        let modules: BTreeSet<Module> = sources.iter().map(|s| s.module.clone()).collect();
        let mut map = Map { modules, uses: BTreeMap::new(), exports: BTreeMap::new() };
        for source in sources {
            map.read(source);
        }
        map
    }

    fn read(&mut self, source: &Source) {
        let mut body = String::new();
        let mut code = source.code.as_str();
        while let Some((before, public, tree, after)) = next_use(code) {
            body.push_str(before);
            for path in expand(tree) {
                let Some(absolute) = self.absolute(&source.module, &path) else { continue };
                match (public, path.last()) {
                    (true, Some(name)) => {
                        self.exports.insert((source.module.clone(), name.clone()), absolute);
                    }
                    _ => self.uses.entry(source.module.clone()).or_default().push(absolute),
                }
            }
            code = after;
        }
        body.push_str(code);
        for path in inline_paths(&body) {
            if let Some(absolute) = self.absolute(&source.module, &path) {
                self.uses.entry(source.module.clone()).or_default().push(absolute);
            }
        }
    }

    /// A path as seen from the root of the crate; None for what belongs to another crate.
    fn absolute(&self, from: &Module, path: &[String]) -> Option<Module> {
        let first = path.first()?.as_str();
        let (mut base, rest) = match first {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (from.clone(), &path[1..]),
            "super" => {
                let ups = path.iter().take_while(|p| *p == "super").count();
                (from[..from.len().saturating_sub(ups)].to_vec(), &path[ups..])
            }
            _ => {
                let mut child = from.clone();
                child.push(first.to_string());
                if !self.modules.contains(&child) {
                    return None;
                }
                (from.clone(), path)
            }
        };
        base.extend(rest.iter().cloned());
        Some(base)
    }

    /// The file that defines what a path names.
    fn resolve(&self, path: &Module, depth: usize) -> Option<Module> {
        for n in (0..=path.len()).rev() {
            let (module, rest) = (path[..n].to_vec(), &path[n..]);
            if !self.modules.contains(&module) {
                continue;
            }
            if let Some(name) = rest.first()
                && depth < 8
                && let Some(export) = self.exports.get(&(module.clone(), name.clone()))
                && export != path
            {
                let mut longer = export.clone();
                longer.extend(rest[1..].iter().cloned());
                return self.resolve(&longer, depth + 1);
            }
            return Some(module);
        }
        None
    }

    fn arrows(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let mut arrows: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
        for (from, paths) in &self.uses {
            for to in paths.iter().filter_map(|p| self.resolve(p, 0)).filter(|to| to != from) {
                arrows.entry(from.clone()).or_default().insert(to);
            }
        }
        arrows
    }
}

/// The next `use` of a text: what stands before it, whether it is a re-export, its tree, and what follows.
fn next_use(code: &str) -> Option<(&str, bool, &str, &str)> {
    let mut at = 0;
    for line in code.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let (public, tree) = match trimmed.strip_prefix("pub") {
            Some(rest) => {
                let rest = rest.strip_prefix('(').and_then(|r| r.split_once(')')).map_or(rest, |(_, r)| r);
                (true, rest.trim_start().strip_prefix("use "))
            }
            None => (false, trimmed.strip_prefix("use ")),
        };
        if let Some(tree) = tree {
            let start = at + line.len() - tree.len();
            let end = start + code[start..].find(';')?;
            return Some((&code[..at], public, &code[start..end], &code[end + 1..]));
        }
        at += line.len();
    }
    None
}

/// The paths of a tree such as `a::{b, c::{d, e as f}}`.
fn expand(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let Some((prefix, inner)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        let parts = path.split("::").map(|p| p.trim().to_string()).filter(|p| !p.is_empty());
        return vec![parts.collect()];
    };
    let inner = inner.strip_suffix('}').unwrap_or(inner);
    let (mut paths, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    let mut branch = |text: &str| {
        if !text.trim().is_empty() {
            paths.extend(expand(&format!("{prefix}{}", text.trim())));
        }
    };
    for (i, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                branch(&inner[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    branch(&inner[start..]);
    paths
}

/// Paths in expressions and types that begin with `crate::` or `super::`.
fn inline_paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for root in ["crate::", "super::"] {
        for (at, _) in code.match_indices(root) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '$') {
                continue;
            }
            let end = code[at..]
                .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
                .map_or(code.len(), |n| at + n);
            let parts = code[at..end].split("::").map(str::to_string).filter(|p| !p.is_empty());
            found.push(parts.collect());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<Source> = files
            .iter()
            .map(|(module, text)| {
                let module = module.split("::").filter(|m| !m.is_empty()).map(str::to_string).collect();
                Source::new("x", module, text)
            })
            .collect();
        find("house", &sources)
    }

    #[test]
    fn a_circle_is_found_through_uses_re_exports_and_paths() {
        let straight =
            [("", "mod a; mod b; pub use a::A;"), ("a", "pub struct A;"), ("b", "use crate::{A};")];
        assert!(circles(&straight).is_empty());
        let by_use =
            [("", ""), ("a", "use crate::b::B;\npub struct A;"), ("b", "use crate::a::A;\npub struct B;")];
        assert_eq!(circles(&by_use), ["house: import circle a -> b -> a"]);
        let through_root = [
            ("", "pub use a::A;\npub use b::B;"),
            ("a", "use crate::{B, x::{Y}};\npub struct A;"),
            ("b", "fn f() -> crate::A { crate::A }"),
        ];
        assert_eq!(circles(&through_root).len(), 1);
        let of_three =
            [("", ""), ("a", "use super::b;"), ("b", "use crate::c::C;"), ("c", "fn f() { crate::a::g() }")];
        assert_eq!(circles(&of_three), ["house: import circle a -> b -> c -> a"]);
    }

    #[test]
    fn a_module_may_re_export_children_that_name_it_and_tests_may_do_as_they_like() {
        let files = [
            ("", ""),
            ("a", "mod b;\npub use b::B;\npub struct A;"),
            ("a::b", "use super::A;\npub struct B;"),
        ];
        assert!(circles(&files).is_empty());
        let tests =
            [("", ""), ("a", "use crate::b::B;"), ("b", "#[cfg(test)]\nmod tests {\n use crate::a::A;\n}")];
        assert!(circles(&tests).is_empty());
    }
}
