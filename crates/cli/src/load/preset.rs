//! `preset:NAME[,key=value...]` on the command line.

use std::fs;
use std::path::Path;

use netmodel::{Trace, generators};

use crate::Error;

/// What stands before the name of a preset.
pub(crate) const PRESET: &str = "preset:";

/// The name of a preset, with or without `preset:` before it: up to its options.
pub(crate) fn preset_name(spec: &str) -> &str {
    let text = spec.trim();
    let text = text.strip_prefix(PRESET).unwrap_or(text);
    text.split([',', ':']).next().unwrap_or_default()
}

/// The trace of a preset, with or without `preset:` before it: one of the registry, or a file of `segue trace fit`.
pub(crate) fn preset(spec: &str, seed: u64) -> Result<Trace, Error> {
    let name = preset_name(spec);
    let path = Path::new(name);
    let known = generators::all().any(|e| e.name.eq_ignore_ascii_case(name));
    if !known && !path.is_file() && name.contains(['.', '/', '\\']) {
        let problem =
            "no such file, expected one of segue trace fit or the name of a preset (segue list presets)";
        return Err(Error::input(name, problem));
    }
    if known || !path.is_file() {
        return Ok(generators::generate(spec, seed)?);
    }
    let file = fs::File::open(path).map_err(|e| Error::read(name, e))?;
    let fitted = generators::Fitted::read(file).map_err(|e| Error::input(name, e))?;
    let text = spec.trim();
    Ok(fitted.generate(text.strip_prefix(PRESET).unwrap_or(text), seed)?)
}

/// A preset without its seed: draws of one preset are of one class.
pub(super) fn preset_class(spec: &str) -> String {
    let text = spec.strip_prefix(PRESET).unwrap_or(spec);
    let parts: Vec<&str> = text.split(',').filter(|p| !p.trim_start().starts_with("seed=")).collect();
    parts.join(",")
}

/// Whether a text is a preset of a video, options and all.
pub(crate) fn is_video_preset(spec: &str) -> bool {
    spec.starts_with(PRESET) && media::presets::generate(spec, 0).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_of_one_preset_are_of_one_class() {
        assert_eq!(preset_class("preset:3g,seed=4,duration=60"), "3g,duration=60");
    }
}
