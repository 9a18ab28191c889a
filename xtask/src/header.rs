//! The header of the C library: written from its source, committed, and compared.

use std::path::PathBuf;

use crate::{Result, root};

/// The files with symbols, in the order of the header.
const SOURCES: [&str; 3] = ["border.rs", "inputs.rs", "session.rs"];

fn path() -> PathBuf {
    root().join("bindings/c/include/segue.h")
}

/// What cbindgen makes of the source.
fn generate() -> Result<String> {
    let folder = root().join("bindings/c");
    let config = cbindgen::Config::from_file(folder.join("cbindgen.toml"))?;
    let builder = cbindgen::Builder::new().with_config(config);
    let builder = SOURCES.iter().fold(builder, |b, file| b.with_src(folder.join("src").join(file)));
    let bindings = builder.generate().map_err(|e| format!("cbindgen: {e}"))?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    String::from_utf8(text).map_err(|e| format!("cbindgen: {e}"))
}

pub(crate) fn write() -> Result {
    let path = path();
    std::fs::write(&path, generate()?).map_err(|e| format!("{}: {e}", path.display()))
}

/// Checks that the committed header is that of the source.
pub(crate) fn compare() -> Result {
    let path = path();
    let committed = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    match committed.replace("\r\n", "\n") == generate()? {
        true => Ok(()),
        false => Err("bindings/c/include/segue.h is not that of the source: cargo xtask header".to_string()),
    }
}
