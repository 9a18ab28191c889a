//! Taking zip archives and gzip apart.

use std::io::{Cursor, Read};
use std::path::{Component, Path, PathBuf};

use super::member::{GZIP, Member, NESTED, Unpacked, is_packed};
use super::puffer::joined;
use super::{MAX_INPUT_BYTES, Role, more_parts, quoted, roles};
use crate::NetworkError;

pub(super) fn unzip(bytes: &[u8], left: &mut u64) -> Result<Unpacked, NetworkError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| damaged("zip", &e))?;
    more_parts(archive.len())?;
    let (mut members, mut outside, mut nested) = (Vec::new(), LeftOut::default(), LeftOut::default());
    for i in 0..archive.len() {
        let mut file = archive.by_index(i).map_err(|e| damaged("zip", &e))?;
        let Some(path) = file.enclosed_name() else {
            outside.add(&String::from_utf8_lossy(file.name_raw()));
            continue;
        };
        if !file.is_file() || hidden(&path) {
            continue;
        }
        let packed = take(&mut file, left).map_err(|e| e.in_file(&path))?;
        let bytes = if packed.starts_with(GZIP) {
            gunzip(&packed, left).map_err(|e| e.in_file(&path))?
        } else {
            packed
        };
        match is_packed(&bytes) {
            true => nested.add(&path.display().to_string()),
            false => members.push(Member { path, bytes }),
        }
    }
    let said = [
        nested.said(&format!("{NESTED}: unpack it and give the folder")),
        outside.said("a path that leads out of the archive"),
    ];
    let mut notes: Vec<String> = said.into_iter().flatten().collect();
    members.sort_by(|a, b| a.path.cmp(&b.path));
    let members = together(members, &mut notes);
    if members.is_empty() {
        let found = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join("; ")) };
        let found = format!("without files{found}");
        return Err(NetworkError::input(0, "the archive", found, "at least one trace"));
    }
    Ok(Unpacked { members, notes })
}

/// Files that belong together as one, and none that are no traces by the names of those beside them.
fn together(mut members: Vec<Member>, notes: &mut Vec<String>) -> Vec<Member> {
    let paths: Vec<PathBuf> = members.iter().map(|m| m.path.clone()).collect();
    let roles = roles(&paths);
    for (place, role) in roles.iter().enumerate() {
        match role {
            Role::Sent(acked) => {
                let acked = std::mem::take(&mut members[*acked].bytes);
                let sent = std::mem::take(&mut members[place].bytes);
                members[place].bytes = joined(sent, &acked);
            }
            Role::NoTrace(why) => notes.push(format!("{} is left out: {why}", paths[place].display())),
            Role::Alone | Role::Acked => {}
        }
    }
    let kept = |role: &Role| matches!(role, Role::Alone | Role::Sent(_));
    members.into_iter().zip(&roles).filter(|(_, role)| kept(role)).map(|(m, _)| m).collect()
}

/// Files that are left out for one reason: the first is named, all are counted.
#[derive(Default)]
struct LeftOut {
    first: String,
    count: usize,
}

impl LeftOut {
    fn add(&mut self, name: &str) {
        if self.count == 0 {
            self.first = quoted(name);
        }
        self.count += 1;
    }

    fn said(&self, why: &str) -> Option<String> {
        match self.count {
            0 => None,
            1 => Some(format!("{} is left out: {why}", self.first)),
            n => Some(format!("{n} files, the first of them {}, are left out: {why}", self.first)),
        }
    }
}

/// What systems put into archives beside what the user did.
fn hidden(path: &Path) -> bool {
    path.components().any(|part| match part {
        Component::Normal(name) => {
            let name = name.to_string_lossy();
            name.starts_with('.') || name == "__MACOSX"
        }
        _ => false,
    })
}

pub(super) fn gunzip(bytes: &[u8], left: &mut u64) -> Result<Vec<u8>, NetworkError> {
    take(&mut flate2::read::MultiGzDecoder::new(bytes), left)
}

/// All of an unpacking reader, as long as it stays within what is left of the limit.
fn take(from: &mut impl Read, left: &mut u64) -> Result<Vec<u8>, NetworkError> {
    let mut bytes = Vec::new();
    from.take(*left + 1).read_to_end(&mut bytes).map_err(|e| damaged("compressed", &e))?;
    let Some(rest) = left.checked_sub(bytes.len() as u64) else {
        let expected = format!("at most {MAX_INPUT_BYTES} bytes");
        return Err(NetworkError::input(0, "the unpacked input", "larger", expected));
    };
    *left = rest;
    Ok(bytes)
}

fn damaged(what: &str, e: &dyn std::fmt::Display) -> NetworkError {
    let why: String = e.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    NetworkError::input(
        0,
        "the input",
        format!("{what} and damaged ({why})"),
        "a whole archive, without password",
    )
}
