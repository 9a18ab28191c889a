//! The segment index of an MP4 file: the box `sidx`.
//!
//! | | |
//! |---|---|
//! | source | ISO/IEC 14496-12:2022, section 8.16.3 |
//! | versions | 0 (32-bit times and offset) and 1 (64-bit) |
//! | anchor | the first byte after the box, plus `first_offset` |
//! | references to other indices | followed, [`MAX_DEPTH`] deep |
//! | left out | stream access points |

use units::Seconds;

use super::limits::affordable;
use super::reference::Place;
use super::sizes::{ByteRange, SegmentSizes, quoted_name};
use crate::MediaError;
use crate::files::Files;

/// How deep indices may be nested. Two levels are what is met.
const MAX_DEPTH: usize = 4;

/// The most bytes an index may have: 16 MiB, which is more than 10^6 entries.
const MAX_BYTES: u64 = 16 << 20;

/// The most boxes that are looked through for an index that the manifest does not place.
const MAX_BOXES: usize = 64;

/// A part of the file that an index speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reference {
    is_index: bool,
    bytes: u32,
    ticks: u32,
}

#[derive(Debug, PartialEq, Eq)]
struct Index {
    timescale: u32,
    /// When the first part begins, in units of the timescale.
    earliest: u64,
    /// Where the first part begins, from the first byte after the box.
    first_offset: u64,
    references: Vec<Reference>,
}

/// A part of the file that is media.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subsegment {
    /// When it begins, on the clock of the media.
    pub(super) start: Seconds,
    pub(super) duration: Seconds,
    pub(super) range: ByteRange,
}

/// The subsegments of a file. The index lies in `range`, or is looked for.
pub(super) fn read(
    place: &Place,
    range: Option<ByteRange>,
    sizes: &mut SegmentSizes<'_>,
) -> Result<Vec<Subsegment>, MediaError> {
    let Some((name, size)) = place.find(sizes.beside()) else {
        let found = format!("not beside the manifest ({})", quoted_name(place));
        let expected = "the file with its segment index, since the manifest lists no segments";
        return Err(MediaError::input(0, "the media", found, expected));
    };
    let file = File { beside: sizes.beside(), name: &name, size };
    let at = match range {
        Some(range) => range.offset,
        None => file.find()?,
    };
    let mut found = Vec::new();
    let end = follow(&file, at, size, None, 0, &mut found)?;
    if end > size {
        sizes.cut(place);
    }
    Ok(found)
}

/// Adds the subsegments of the index at a byte, of at most `most` bytes; returns where the last of them ends. The parts of an
/// index do not overlap, and hold the indices in them: nothing is read more often than indices are nested.
fn follow(
    file: &File<'_>,
    at: u64,
    most: u64,
    begins: Option<Seconds>,
    depth: usize,
    found: &mut Vec<Subsegment>,
) -> Result<u64, MediaError> {
    if depth >= MAX_DEPTH {
        let found = format!("nested more than {MAX_DEPTH} deep");
        return Err(file.wrong(at, found, "indices of segments"));
    }
    let header = file.header(at)?.filter(|h| h.kind == *b"sidx");
    let Some(header) = header else {
        return Err(file.wrong(at, "something else", "a box sidx (the cues of WebM are not read)"));
    };
    if header.bytes > MAX_BYTES.min(most) {
        let found = format!("{} bytes long", header.bytes);
        return Err(file.wrong(at, found, "at most 16 MiB, and what is said to hold it"));
    }
    let content = file.part(at + header.length, header.bytes - header.length)?;
    let index = parse(&content).map_err(|found| file.wrong(at, found, "a whole box sidx"))?;
    let seconds = |ticks: f64| Seconds::from_millis(ticks * 1e3 / f64::from(index.timescale));
    let mut place = (at + header.bytes).checked_add(index.first_offset);
    // An index in another begins where that says.
    let begins = begins.unwrap_or_else(|| seconds(index.earliest as f64));
    let mut ticks = 0.0;
    for reference in &index.references {
        let Some(start) = place else {
            return Err(file.wrong(at, "pointing beyond 2^64 bytes", "offsets within the file"));
        };
        if reference.is_index {
            follow(file, start, u64::from(reference.bytes), Some(begins + seconds(ticks)), depth + 1, found)?;
        } else {
            affordable(found.len() as f64 + 1.0)?;
            found.push(Subsegment {
                start: begins + seconds(ticks),
                duration: seconds(f64::from(reference.ticks)),
                range: ByteRange { offset: start, length: u64::from(reference.bytes) },
            });
        }
        ticks += f64::from(reference.ticks);
        place = start.checked_add(u64::from(reference.bytes));
    }
    Ok(place.unwrap_or(u64::MAX))
}

/// The beginning of a box.
struct Header {
    kind: [u8; 4],
    /// Of the whole box.
    bytes: u64,
    /// Of the header alone.
    length: u64,
}

struct File<'a> {
    beside: &'a dyn Files,
    name: &'a str,
    size: u64,
}

impl File<'_> {
    fn wrong(&self, at: u64, found: impl Into<String>, expected: &str) -> MediaError {
        MediaError::input(0, format!("the index at byte {at}"), found, expected)
            .in_file(std::path::Path::new(self.name))
    }

    fn part(&self, from: u64, length: u64) -> Result<Vec<u8>, MediaError> {
        Ok(self.beside.read(self.name, from, length)?.unwrap_or_default())
    }

    /// The box that begins at a byte, if a whole one does.
    fn header(&self, at: u64) -> Result<Option<Header>, MediaError> {
        let bytes = self.part(at, 16)?;
        let header = (|| {
            let mut from = Cursor(&bytes);
            let small = from.u32()?;
            let kind = from.take()?;
            let (bytes, length) = match small {
                0 => (self.size.checked_sub(at)?, 8),
                1 => (from.u64()?, 16),
                n => (u64::from(n), 8),
            };
            let whole = bytes >= length && at.checked_add(bytes)? <= self.size;
            whole.then_some(Header { kind, bytes, length })
        })();
        Ok(header)
    }

    /// Where the first index begins.
    fn find(&self) -> Result<u64, MediaError> {
        let mut at = 0;
        for _ in 0..MAX_BOXES {
            match self.header(at)? {
                Some(header) if header.kind == *b"sidx" => return Ok(at),
                // Indices stand before what they speak of.
                Some(header) if header.kind != *b"moof" => at += header.bytes,
                _ => break,
            }
        }
        Err(MediaError::input(
            0,
            "the file",
            "without a segment index (box sidx) before its media",
            "one, since the manifest lists no segments",
        )
        .in_file(std::path::Path::new(self.name)))
    }
}

/// The content of a box `sidx`, after its header; or what is wrong with it.
fn parse(content: &[u8]) -> Result<Index, &'static str> {
    let mut from = Cursor(content);
    let index = (|| {
        let version = from.u32()? >> 24;
        let _reference_id = from.u32()?;
        let timescale = from.u32()?;
        let (earliest, first_offset) = match version {
            0 => (u64::from(from.u32()?), u64::from(from.u32()?)),
            _ => (from.u64()?, from.u64()?),
        };
        let count = from.u32()? & 0xffff; // after 16 bits that are reserved
        let mut references = Vec::new();
        for _ in 0..count {
            let [kind_and_size, ticks, _access_point] = [from.u32()?, from.u32()?, from.u32()?];
            let (is_index, bytes) = (kind_and_size >> 31 == 1, kind_and_size & 0x7fff_ffff);
            references.push(Reference { is_index, bytes, ticks });
        }
        Some((version, Index { timescale, earliest, first_offset, references }))
    })();
    match index {
        None => Err("cut off"),
        Some((version, _)) if version > 1 => Err("of an unknown version"),
        Some((_, index)) if index.timescale == 0 => Err("of timescale 0"),
        Some((_, index)) => Ok(index),
    }
}

/// What is still to read of some bytes, big-endian.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*first)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }
}
