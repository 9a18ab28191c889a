//! Packed inputs by their first bytes, and what is in them.

use std::path::PathBuf;

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

pub(super) const GZIP: &[u8] = &[0x1f, 0x8b];
pub(super) const ZIP: &[u8] = b"PK\x03\x04";
pub(super) const EMPTY_ZIP: &[u8] = b"PK\x05\x06";

/// Whether an input that begins so is compressed or an archive.
pub fn is_packed(head: &[u8]) -> bool {
    [GZIP, ZIP, EMPTY_ZIP].iter().any(|magic| head.starts_with(magic)) || is_tar(head)
}

pub(super) fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

pub(super) const NESTED: &str = "an archive in an archive";
