//! From an input to what is in it: recognised, unpacked, read, and the parts that were asked for.

use std::io::Read;
use std::path::Path;

use super::format::{Format, Reader};
use super::head::Head;
use super::limits::MAX_INPUT_BYTES;
use super::lines::Lines;
use super::member::{Member, Unpacked, is_packed};
use super::options::ReadOptions;
use super::packed::unpack;
use super::parts::{more_parts, note_first, stem};
use super::sniff::{is_utf16, sniff};
use super::text::{io, quoted};
use super::{decimal, puffer};
use crate::NetworkError;
use crate::recording::{Content, Recording};

/// Reads the one trace of an input in the given format, or in the one that its content shows.
///
/// # Errors
/// As [`read_all`]; [`NetworkError::Input`] for an input of several traces of which the options name none, or of none.
pub fn read(
    input: impl Read,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Recording, NetworkError> {
    the_one(read_all(input, format, options))
}

/// The one trace of what was read.
fn the_one(contents: Result<Vec<Content>, NetworkError>) -> Result<Recording, NetworkError> {
    let (mut traces, mut tables) = (Vec::new(), 0);
    for content in contents? {
        match content {
            Content::Trace(recording) => traces.push(*recording),
            Content::Table(_) => tables += 1,
        }
    }
    match traces.len() {
        1 => Ok(traces.remove(0)),
        0 => Err(NetworkError::input(
            0,
            "the input",
            format!("{tables} table(s) without a time series"),
            "a trace",
        )),
        n => {
            let parts: Vec<&str> = traces.iter().filter_map(|t| t.part.as_deref()).take(4).collect();
            let expected = format!("one, named with the option part ({} ...)", parts.join(", "));
            Err(NetworkError::input(0, "the input", format!("{n} traces"), expected))
        }
    }
}

/// Reads everything that an input holds in the given format, or in the one that its content shows. Of a compressed
/// input it is what is in it, of an archive what is in all of its files ([`unpack`]).
///
/// # Errors
/// [`NetworkError::Input`] with the line and field at fault; [`NetworkError::Io`] from the input itself.
pub fn read_all(
    input: impl Read,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Vec<Content>, NetworkError> {
    read_sized(input, 0, format, options)
}

/// The same of an input that has `size` bytes, if that is known.
fn read_sized(
    input: impl Read,
    size: u64,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Vec<Content>, NetworkError> {
    options.check()?;
    let contents = unpacked(input, size, format, options);
    let mut contents = contents?;
    if let Some(measures) = options.measures {
        for content in &mut contents {
            if let Content::Trace(recording) = content {
                recording.measures = measures;
            }
        }
    }
    match &options.part {
        None => Ok(contents),
        Some(part) => the_part(contents, part),
    }
}

/// What is in an input, whether or not it is packed; of an archive, what is in each of its files, named after it.
fn unpacked(
    mut input: impl Read,
    size: u64,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Vec<Content>, NetworkError> {
    let mut head = Vec::new();
    (&mut input).take(Head::BYTES as u64 + 1).read_to_end(&mut head).map_err(io)?;
    let given_or_seen = |bytes: &[u8]| match format {
        Some(format) => Ok(format),
        None => sniff(bytes).map(|s| s.format),
    };
    if is_utf16(&head) {
        let bytes = spec::utf8(whole(&mut head.chain(input), size)?);
        return plain(&bytes[..], bytes.len() as u64, given_or_seen(&bytes)?, options);
    }
    if !is_packed(&head) {
        let format = given_or_seen(&head)?;
        return plain(head.chain(input), size, format, options);
    }
    let mut contents = Vec::new();
    let Unpacked { members, notes } = unpack(whole(&mut head.chain(input), size)?)?;
    for Member { path, bytes } in members {
        let mut options = options.clone();
        if !path.as_os_str().is_empty() {
            options.name = Some(stem(&path));
        }
        let format = given_or_seen(&bytes).map_err(|e| e.in_file(&path))?;
        let read = plain(&bytes[..], bytes.len() as u64, format, &options);
        contents.extend(read.map_err(|e| e.in_file(&path))?);
        more_parts(contents.len())?;
    }
    note_first(&mut contents, notes);
    Ok(contents)
}

/// What is in an input of this format that is not packed: here all readers come together.
fn plain(
    mut input: impl Read,
    size: u64,
    format: &Format,
    options: &ReadOptions,
) -> Result<Vec<Content>, NetworkError> {
    let contents = match format.read {
        Reader::Lines(read) => {
            let mut input = input.take(MAX_INPUT_BYTES + 1);
            let recording = read(&mut Lines::new(&mut input), options);
            not_larger(input.limit() > 0)?;
            vec![recording?.into()]
        }
        Reader::One(read) => vec![read(&whole(&mut input, size)?, options)?.into()],
        Reader::Many(read) => read(&whole(&mut input, size)?, options)?,
    };
    for content in &contents {
        if let Content::Trace(recording) = content {
            not_too_short(recording)?;
        }
    }
    Ok(contents)
}

/// Refuses a trace that statistics could say nothing about.
fn not_too_short(recording: &Recording) -> Result<(), NetworkError> {
    if recording.is_countable() {
        return Ok(());
    }
    let part = recording.part.as_ref().map_or_else(String::new, |part| format!(" {}", quoted(part)));
    let found = format!("{} s long", decimal::shifted(recording.trace.duration().millis(), -3));
    let expected = "at least a microsecond, in which statistics count";
    Err(NetworkError::input(0, format!("the trace{part}"), found, expected))
}

/// All bytes of an input that has `size` of them, if that is known.
fn whole(input: &mut dyn Read, size: u64) -> Result<Vec<u8>, NetworkError> {
    let mut bytes = Vec::with_capacity(size.min(MAX_INPUT_BYTES) as usize);
    input.take(MAX_INPUT_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
    not_larger(bytes.len() as u64 <= MAX_INPUT_BYTES)?;
    Ok(bytes)
}

fn not_larger(ok: bool) -> Result<(), NetworkError> {
    let larger = || NetworkError::input(0, "the input", "larger", format!("at most {MAX_INPUT_BYTES} bytes"));
    ok.then_some(()).ok_or_else(larger)
}

/// The one of this name among several traces.
fn the_part(contents: Vec<Content>, part: &str) -> Result<Vec<Content>, NetworkError> {
    let name = |c: &Content| match c {
        Content::Trace(recording) => recording.part.clone(),
        Content::Table(_) => None,
    };
    let known: Vec<String> = contents.iter().filter_map(name).collect();
    let found: Vec<Content> = contents.into_iter().filter(|c| name(c).as_deref() == Some(part)).collect();
    if found.is_empty() {
        let nearest = spec::nearest(part, known.iter().map(String::as_str));
        let expected = match nearest {
            Some(near) => {
                format!("one of the {} traces of the input, did you mean {}?", known.len(), quoted(near))
            }
            None => format!("one of the {} traces of the input", known.len()),
        };
        return Err(NetworkError::input(0, "part", quoted(part), expected));
    }
    Ok(found)
}

/// Reads the one trace of a file, whose stem names it unless the options do.
///
/// # Errors
/// As [`read`], with the file's name.
pub fn read_path(
    path: &Path,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Recording, NetworkError> {
    the_one(read_all_in(path, format, options)).map_err(|e| e.in_file(path))
}

/// Reads everything that a file holds; its stem names it unless the options do.
///
/// # Errors
/// As [`read_all`], with the file's name.
pub fn read_all_path(
    path: &Path,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Vec<Content>, NetworkError> {
    read_all_in(path, format, options).map_err(|e| e.in_file(path))
}

fn read_all_in(
    path: &Path,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Vec<Content>, NetworkError> {
    let file = std::fs::File::open(path).map_err(io)?;
    let size = file.metadata().map_or(0, |m| m.len());
    let mut options = options.clone();
    options.name.get_or_insert_with(|| stem(path));
    match &options.acked {
        None => read_sized(file, size, format, &options),
        Some(second) => {
            let wrong = |e: NetworkError| {
                let expected = format!("a video_acked file ({e})");
                NetworkError::input(0, "acked", format!("`{}`", second.display()), expected)
            };
            let other = std::fs::File::open(second).map_err(io).map_err(wrong)?;
            let first = unpacked_alone(file, size)?;
            let joined = puffer::joined(first, &unpacked_alone(other, 0).map_err(wrong)?);
            read_sized(&joined[..], joined.len() as u64, format, &options)
        }
    }
}

/// The bytes of an input of one file, which may be compressed.
fn unpacked_alone(mut input: impl Read, size: u64) -> Result<Vec<u8>, NetworkError> {
    let mut members = unpack(whole(&mut input, size)?)?.members;
    match members.len() {
        1 => Ok(members.remove(0).bytes),
        n => Err(NetworkError::input(0, "the input", format!("{n} files"), "one")),
    }
}
