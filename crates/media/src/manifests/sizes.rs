//! The size of every segment: measured where its bytes are beside the manifest, else estimated and marked so.

use units::{BitRate, Bits, Seconds};

use super::limits::affordable;
use super::reference::Place;
use crate::files::Files;
use crate::{MediaError, SizeSource};

/// The bitrates that a manifest gives for a rendition.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Nominal {
    /// `AVERAGE-BANDWIDTH`.
    pub(crate) average: Option<BitRate>,
    /// `BANDWIDTH`, `@bandwidth`.
    pub(crate) peak: Option<BitRate>,
}

/// A segment as its manifest describes it.
#[derive(Clone, Debug)]
pub(crate) struct Claim<'a> {
    pub(crate) place: &'a Place,
    /// Its part of the file, where it is not all of it.
    pub(crate) range: Option<ByteRange>,
    pub(crate) duration: Seconds,
    /// `EXT-X-BITRATE`.
    pub(crate) bitrate: Option<BitRate>,
}

/// A part of a file: `length` bytes, which begin at byte `offset` of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteRange {
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

impl ByteRange {
    /// `first-last`, as DASH and HTTP write it.
    pub(crate) fn parse(field: &str, text: &str) -> Result<ByteRange, MediaError> {
        let parts = text.trim().split_once('-').map(|(a, b)| (a.parse::<u64>(), b.parse::<u64>()));
        match parts {
            Some((Ok(first), Ok(last))) if first <= last && last < u64::MAX => {
                Ok(ByteRange { offset: first, length: last - first + 1 })
            }
            _ => {
                let found = crate::error::quoted(text);
                Err(MediaError::input(0, field, found, "the first and the last byte, like 820-104543"))
            }
        }
    }

    fn end(self) -> u64 {
        self.offset.saturating_add(self.length)
    }
}

/// How often something was met, and where first.
#[derive(Debug, Default)]
struct Tally {
    count: usize,
    first: String,
}

impl Tally {
    fn add(&mut self, place: &Place) {
        if self.count == 0 {
            self.first = crate::error::quoted(place.name());
        }
        self.count += 1;
    }
}

/// Looks for the segments of one manifest, and counts what it did not find.
pub(crate) struct SegmentSizes<'a> {
    beside: &'a dyn Files,
    segments: usize,
    /// Segments without a file, whose size had to be estimated.
    absent: Tally,
    /// The same, but of an absolute reference.
    elsewhere: Tally,
    /// Ranges that reach beyond their file.
    cut: Tally,
}

impl<'a> SegmentSizes<'a> {
    pub(crate) fn new(beside: &'a dyn Files) -> SegmentSizes<'a> {
        SegmentSizes {
            beside,
            segments: 0,
            absent: Tally::default(),
            elsewhere: Tally::default(),
            cut: Tally::default(),
        }
    }

    pub(crate) fn beside(&self) -> &'a dyn Files {
        self.beside
    }

    /// Counts a segment.
    pub(crate) fn count(&mut self) -> Result<(), MediaError> {
        self.segments += 1;
        affordable(self.segments as f64)
    }

    /// Remembers a file that ends before its last segment.
    pub(crate) fn cut(&mut self, place: &Place) {
        self.cut.add(place);
    }

    /// The size of a segment, and where it comes from. A part of a file has the size that the manifest gives; a whole file
    /// is measured; failing both, the nearest bitrate is multiplied by the duration.
    pub(crate) fn size(
        &mut self,
        claim: &Claim<'_>,
        nominal: Nominal,
    ) -> Result<(Bits, SizeSource), MediaError> {
        let bits = |bytes: u64| Bits::from_bytes(bytes as f64);
        let file = claim.place.find(self.beside);
        if let Some(range) = claim.range {
            if file.is_some_and(|(_, size)| size < range.end()) {
                self.cut.add(claim.place);
            }
            return Ok((bits(range.length), SizeSource::Range));
        }
        if let Some((_, size)) = file.filter(|(_, size)| *size > 0) {
            return Ok((bits(size), SizeSource::File));
        }
        let rates = [
            (claim.bitrate, SizeSource::Bitrate),
            (nominal.average, SizeSource::AverageBandwidth),
            (nominal.peak, SizeSource::Bandwidth),
        ];
        let Some((rate, source)) = rates.into_iter().find_map(|(rate, source)| Some((rate?, source))) else {
            let found = format!("unknown, since {} is not beside the manifest", quoted_name(claim.place));
            return Err(MediaError::input(0, "the size of a segment", found, "the file, or a bitrate"));
        };
        match claim.place {
            Place::Beside { .. } => self.absent.add(claim.place),
            Place::Elsewhere(_) => self.elsewhere.add(claim.place),
        }
        Ok((rate * claim.duration, source))
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.absent.count > 0 {
            let Tally { count, first } = &self.absent;
            notes.push(format!(
                "{count} of {} segments are not beside the manifest (first: {first}): their sizes are estimated",
                self.segments
            ));
        }
        if self.elsewhere.count > 0 {
            let Tally { count, first } = &self.elsewhere;
            notes.push(format!(
                "{count} of {} segments have absolute addresses (first: {first}): nothing is fetched, their sizes are estimated",
                self.segments
            ));
        }
        if self.cut.count > 0 {
            let Tally { count, first } = &self.cut;
            notes.push(format!(
                "{count} segments or indices reach beyond the end of their file (first: {first}): the file is not complete"
            ));
        }
        notes
    }
}

pub(crate) fn quoted_name(place: &Place) -> String {
    crate::error::quoted(place.name())
}
