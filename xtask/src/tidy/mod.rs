//! Formatting, lints, documentation, and the floors of the house.

mod circles;
mod sources;

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{Result, cargo, root};

/// Each crate with its floor and what it may use, without the `segue-` of their packages. An edge that is not here is not
/// allowed; arrows point down only.
const HOUSE: &[(&str, u8, &str)] = &[
    ("units", 0, ""),
    ("spec", 0, ""),
    ("fixtures", 0, ""),
    ("netmodel", 1, "units spec fixtures"),
    ("media", 1, "units spec fixtures"),
    ("abr", 2, "units spec media"),
    ("playbuf", 1, "units fixtures"),
    ("qoe", 2, "units spec fixtures media playbuf"),
    ("player", 3, "units spec fixtures media abr playbuf qoe"),
    ("sim", 4, "units spec fixtures media abr playbuf qoe player netmodel"),
    ("plot", 4, "units media qoe"),
    ("origin", 4, "units spec fixtures media netmodel"),
    // The last three: the twin of a real session, and origins to test against.
    ("client", 5, "units spec fixtures media abr playbuf qoe player netmodel sim origin"),
    ("feedback", 5, "units spec fixtures media abr playbuf qoe player netmodel sim"),
    ("lab", 5, "units spec media abr playbuf qoe player netmodel sim plot"),
    ("segue", 6, "units spec fixtures media abr playbuf qoe player netmodel sim plot origin client feedback"),
    // The languages: thin shells, and the only unsafe code.
    ("c", 7, "units fixtures netmodel media abr qoe sim segue"),
    ("qoe_core", 7, "units fixtures sim"),
];

/// The name of a package in the table.
fn short(package: &str) -> &str {
    package.strip_prefix("segue-").unwrap_or(package)
}

/// The line of a package in the table.
fn place(package: &str) -> Option<&'static (&'static str, u8, &'static str)> {
    HOUSE.iter().find(|(name, ..)| *name == short(package))
}

/// Stand beside the house and may use all of it.
const OUTSIDE: [&str; 3] = ["xtask", "xtask-launch", "segue-benches"];

/// The workspaces of the languages that need more than Rust.
const OTHER_WORKSPACES: [&str; 2] = ["bindings/python/Cargo.toml", "bindings/wasm/Cargo.toml"];

pub(crate) fn run() -> Result {
    let metadata = metadata()?;
    floors(&metadata)?;
    println!("tidy: the floors hold");
    files(&metadata)?;
    println!(
        "tidy: no import circles, every file and public item has its documentation, only the console prints"
    );
    cargo(&["fmt", "--all", "--check"], &[])?;
    for workspace in OTHER_WORKSPACES {
        cargo(&["fmt", "--all", "--manifest-path", workspace, "--check"], &[])?;
    }
    cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"], &[])?;
    // No test of the house builds them: a change of the house that breaks them would show at their next build only.
    for workspace in OTHER_WORKSPACES {
        let arguments =
            ["clippy", "--locked", "--quiet", "--manifest-path", workspace, "--target-dir", "target"];
        cargo(&[&arguments[..], &["--", "-D", "warnings"]].concat(), &[])?;
    }
    cargo(&["doc", "--workspace", "--no-deps", "--quiet"], &[("RUSTDOCFLAGS", "-D warnings")])?;
    crate::header::compare()?;
    println!("tidy: formatting, lints and documentation are clean");
    Ok(())
}

/// Checks the source files of every crate of the house.
fn files(metadata: &Value) -> Result {
    let root = root().canonicalize().map_err(|e| e.to_string())?;
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let (Some(name), Some(manifest)) = (package["name"].as_str(), package["manifest_path"].as_str())
        else {
            continue;
        };
        let Some(folder) = Path::new(manifest).parent().filter(|_| place(name).is_some()) else {
            continue;
        };
        // The fixtures have no `src`: they are a file beside the data.
        if folder.join("src").is_dir() {
            let sources = sources::of_crate(&root, folder)?;
            wrong.extend(sources::faults(&sources));
            wrong.extend(circles::find(name, &sources));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n       ")) }
}

/// What cargo knows of the workspace.
fn metadata() -> Result<Value> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(program)
        .current_dir(root())
        .args(["metadata", "--no-deps", "--format-version", "1", "--locked"])
        .output()
        .map_err(|e| format!("cargo metadata: {e}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| format!("cargo metadata: {e}"))
}

/// Checks every edge between two crates of the workspace against the table. Edges for tests count as well: a test that
/// needs the floor above belongs there.
fn floors(metadata: &Value) -> Result {
    let packages = metadata["packages"].as_array().ok_or("cargo metadata lists no packages")?;
    let names: Vec<&str> = packages.iter().filter_map(|p| p["name"].as_str()).collect();
    let mut wrong = Vec::new();
    for package in packages {
        let Some(name) = package["name"].as_str() else { continue };
        if OUTSIDE.contains(&name) {
            continue;
        }
        let Some((_, floor, allowed)) = place(name) else {
            wrong.push(format!(
                "{name} has no place in the house: add it to xtask/src/tidy/mod.rs and ARCHITECTURE.md"
            ));
            continue;
        };
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        for used in dependencies.filter_map(|d| d["name"].as_str()).filter(|d| names.contains(d)) {
            let below = place(used).is_some_and(|(_, f, _)| f < floor);
            if !below || !allowed.split(' ').any(|a| a == short(used)) {
                wrong.push(format!("{name} (floor {floor}) may not use {used}"));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n       ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, uses: &[&str]) -> Value {
        let uses: Vec<Value> = uses.iter().map(|u| serde_json::json!({ "name": u })).collect();
        serde_json::json!({ "name": name, "dependencies": uses })
    }

    #[test]
    fn an_edge_up_sideways_or_unknown_is_refused() {
        let house = |abr: &[&str]| {
            let packages = [
                package("segue-units", &[]),
                package("segue-qoe", &[]),
                package("segue-sim", &[]),
                package("segue-abr", abr),
            ];
            floors(&serde_json::json!({ "packages": packages }))
        };
        assert_eq!(house(&["segue-units", "serde"]), Ok(()));
        assert!(
            house(&["segue-sim"]).is_err_and(|e| e.contains("segue-abr (floor 2) may not use segue-sim"))
        );
        assert!(house(&["segue-qoe"]).is_err());
        let stranger = serde_json::json!({ "packages": [package("segue-cellar", &[])] });
        assert!(floors(&stranger).is_err_and(|e| e.contains("no place")));
    }

    #[test]
    fn the_table_itself_points_down() {
        for (name, floor, allowed) in HOUSE {
            for used in allowed.split_whitespace() {
                assert!(place(used).is_some_and(|(_, f, _)| f < floor), "{name} -> {used}");
            }
        }
    }
}
