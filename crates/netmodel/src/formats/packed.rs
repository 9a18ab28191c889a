//! Packed inputs: gzip, and zip archives of traces, by their first bytes.
//!
//! ```
//! use netmodel::formats::{self, ReadOptions};
//! use std::io::Write;
//!
//! let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
//! gzip.write_all(b"0\t1.5\n1\t2\n")?;
//! let bytes = gzip.finish()?;
//! assert!(formats::is_packed(&bytes));
//! assert_eq!(formats::read(&bytes[..], None, &ReadOptions::default())?.format, "cooked");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::io::{Cursor, Read};
use std::path::{Component, Path, PathBuf};

use super::puffer::joined;
use super::{MAX_INPUT_BYTES, Role, more_parts, quoted, roles};
use crate::NetworkError;

/// A file of an input.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Member {
    /// Its path in the archive; empty for what is no archive.
    pub path: PathBuf,
    /// Its content, unpacked.
    pub bytes: Vec<u8>,
}

/// What is in an input.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Unpacked {
    /// Its files, in the order of their paths.
    pub members: Vec<Member>,
    /// What of it is left out, and why.
    pub notes: Vec<String>,
}

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZIP: &[u8] = b"PK\x03\x04";
const EMPTY_ZIP: &[u8] = b"PK\x05\x06";

/// Whether an input that begins so is compressed or an archive.
pub fn is_packed(head: &[u8]) -> bool {
    [GZIP, ZIP, EMPTY_ZIP].iter().any(|magic| head.starts_with(magic)) || is_tar(head)
}

fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

/// The files of an input: of a zip archive its members but hidden ones; of anything else itself, with gzip taken off. A
/// member may be compressed by gzip, too. Files of an archive that belong together become one ([`roles`]); what cannot
/// be read beside others is left out, and told.
///
/// # Errors
/// [`NetworkError::Input`] for what is damaged, encrypted, an archive of another kind, empty, an archive in an archive,
/// of more than [`MAX_PARTS`](super::MAX_PARTS) files, or unpacked larger than [`MAX_INPUT_BYTES`] in all.
pub fn unpack(bytes: Vec<u8>) -> Result<Unpacked, NetworkError> {
    let mut left = MAX_INPUT_BYTES;
    if bytes.starts_with(ZIP) || bytes.starts_with(EMPTY_ZIP) {
        return unzip(&bytes, &mut left);
    }
    let bytes = if bytes.starts_with(GZIP) { gunzip(&bytes, &mut left)? } else { bytes };
    if is_packed(&bytes) {
        let found = if is_tar(&bytes) { "a tar archive" } else { NESTED };
        let expected = "a trace, gzip or a zip archive: unpack it and give the folder";
        return Err(NetworkError::input(0, "the input", found, expected));
    }
    Ok(Unpacked { members: vec![Member { path: PathBuf::new(), bytes }], notes: vec![] })
}

const NESTED: &str = "an archive in an archive";

fn unzip(bytes: &[u8], left: &mut u64) -> Result<Unpacked, NetworkError> {
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

fn gunzip(bytes: &[u8], left: &mut u64) -> Result<Vec<u8>, NetworkError> {
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::formats::{Content, ReadOptions, read, read_all};

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(bytes).expect("in memory");
        out.finish().expect("in memory")
    }

    fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            out.start_file(*name, zip::write::SimpleFileOptions::default()).expect("in memory");
            out.write_all(bytes).expect("in memory");
        }
        out.finish().expect("in memory").into_inner()
    }

    const COOKED: &[u8] = b"0 1\n2 3\n";

    #[test]
    fn gzip_is_taken_off_however_many_members_it_has() {
        let twice = [gzip(b"0 1\n2"), gzip(b" 3\n")].concat();
        for bytes in [gzip(COOKED), twice] {
            let recording = read(&bytes[..], None, &ReadOptions::default()).expect("a trace");
            assert_eq!(recording.trace.mean_rate(), units::BitRate::from_mbps(3.0));
        }
        let cut = gzip(COOKED);
        let error = read(&cut[..cut.len() - 6], None, &ReadOptions::default()).expect_err("cut").to_string();
        assert!(error.contains("compressed and damaged") && !error.contains('\n'), "{error}");
    }

    #[test]
    fn an_archive_is_a_set_in_the_order_of_its_paths() {
        let files: [(&str, &[u8]); 5] = [
            ("logs/b.txt", COOKED),
            ("logs/a.gz", &gzip(b"time_s,rate_mbps\n0,5\n1,\n")),
            (".DS_Store", b"x"),
            ("__MACOSX/logs/b.txt", b"x"),
            ("logs/.hidden", b"x"),
        ];
        let bytes = zip(&files);
        let paths: Vec<PathBuf> =
            unpack(bytes.clone()).expect("a zip").members.into_iter().map(|m| m.path).collect();
        assert_eq!(paths, [Path::new("logs/a.gz"), Path::new("logs/b.txt")]);
        let all = read_all(&bytes[..], None, &ReadOptions::default()).expect("two traces");
        let formats: Vec<(&str, &str)> = all
            .iter()
            .map(|c| match c {
                Content::Trace(r) => (r.trace.name(), r.format),
                Content::Table(t) => (t.name.as_str(), t.format),
            })
            .collect();
        assert_eq!(formats, [("a", "csv"), ("b", "cooked")]);
    }

    #[test]
    fn what_is_wrong_with_an_archive_is_said() {
        let error = |bytes: &[u8]| unpack(bytes.to_vec()).expect_err("wrong").to_string();
        let whole = zip(&[("a", COOKED)]);
        assert!(error(&whole[..whole.len() / 2]).contains("zip and damaged"));
        assert!(error(&zip(&[])).contains("without files"));
        assert!(error(&zip(&[(".a", COOKED)])).contains("without files"));
        let mut tar = vec![0; 600];
        tar[257..262].copy_from_slice(b"ustar");
        assert!(error(&tar).contains("a tar archive"));
        let bad = read_all(&zip(&[("x/a.txt", b"no trace")])[..], None, &ReadOptions::default());
        let bad = bad.expect_err("no trace").to_string();
        assert!(bad.contains("x/a.txt"), "{bad}");
    }

    #[test]
    fn an_archive_in_an_archive_is_left_out_and_told() {
        let error = |bytes: &[u8]| unpack(bytes.to_vec()).expect_err("wrong").to_string();
        let inner = zip(&[("a", COOKED)]);
        for bytes in [gzip(&inner), gzip(&gzip(COOKED)), zip(&[("in.zip", &inner)])] {
            let error = error(&bytes);
            assert!(error.contains("an archive in an archive") && error.contains("unpack it"), "{error}");
        }
        let both = unpack(zip(&[("in.zip", &inner), ("b", COOKED)])).expect("one of two");
        assert_eq!((both.members.len(), both.notes.len()), (1, 1));
        assert!(both.notes[0].contains("in.zip"), "{:?}", both.notes);
    }

    #[test]
    fn a_path_that_leads_out_of_the_archive_is_told() {
        let both =
            unpack(zip(&[("../../evil.cooked", COOKED), ("good.cooked", COOKED)])).expect("one of two");
        assert_eq!(both.members[0].path, Path::new("good.cooked"));
        assert!(both.notes[0].contains("`../../evil.cooked` is left out"), "{:?}", both.notes);
        let alone = unpack(zip(&[("../evil", COOKED)])).expect_err("nothing in it").to_string();
        assert!(alone.contains("../evil"), "{alone}");
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let mut left = 1000;
        let bomb = gzip(&vec![b'0'; 1_000_000]);
        assert!(gunzip(&bomb, &mut left).is_err());
        assert_eq!(left, 1000);
    }
}
