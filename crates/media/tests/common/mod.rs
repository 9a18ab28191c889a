//! What tests of manifests share.

// Each test file uses its part.
#![allow(dead_code)]

use std::cell::RefCell;

use media::formats::{self, Files, Import, ReadOptions};
use media::{MediaError, SizeSource, Video};

/// Files beside a manifest, in memory, which remember what was asked for.
#[derive(Default)]
pub(crate) struct Shelf {
    files: Vec<(String, Vec<u8>)>,
    asked: RefCell<Vec<String>>,
}

impl Shelf {
    pub(crate) fn put(mut self, name: &str, bytes: impl Into<Vec<u8>>) -> Shelf {
        self.files.push((name.to_string(), bytes.into()));
        self
    }

    /// Files of a size, whatever is in them.
    pub(crate) fn sized(files: &[(&str, usize)]) -> Shelf {
        files.iter().fold(Shelf::default(), |shelf, (name, bytes)| shelf.put(name, vec![0; *bytes]))
    }

    /// The names that were asked for, in order, without repetitions.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut names = self.asked.borrow().clone();
        names.dedup();
        names
    }

    fn find(&self, name: &str) -> Option<&[u8]> {
        self.asked.borrow_mut().push(name.to_string());
        self.files.iter().find(|f| f.0 == name).map(|f| f.1.as_slice())
    }
}

impl Files for Shelf {
    fn size(&self, name: &str) -> Option<u64> {
        self.find(name).map(|f| f.len() as u64)
    }

    fn read(&self, name: &str, from: u64, most: u64) -> Result<Option<Vec<u8>>, MediaError> {
        let place = |file: &[u8], at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(file.len());
        Ok(self.find(name).map(|f| f[place(f, from)..place(f, from.saturating_add(most))].to_vec()))
    }
}

pub(crate) fn import(text: &str, shelf: &Shelf) -> Result<Import, MediaError> {
    formats::import(text.as_bytes(), shelf, None, &ReadOptions::default())
}

pub(crate) fn video(text: &str, shelf: &Shelf) -> Video {
    import(text, shelf).unwrap_or_else(|e| panic!("{e}\n{text}")).video
}

/// What is wrong with a manifest, in the one line that it must be.
pub(crate) fn refused(text: &str, shelf: &Shelf) -> String {
    let message = match import(text, shelf) {
        Err(e) => e.to_string(),
        Ok(_) => panic!("accepted:\n{text}"),
    };
    assert!(!message.contains('\n'), "{message}");
    message
}

pub(crate) fn millis(video: &Video) -> Vec<f64> {
    (0..video.segments()).map(|k| video.duration(k).millis()).collect()
}

/// The sizes of a level in bytes.
pub(crate) fn bytes(video: &Video, level: usize) -> Vec<f64> {
    (0..video.segments()).map(|k| video.size(k, level).bytes()).collect()
}

/// Where the sizes of a level come from.
pub(crate) fn sources(video: &Video, level: usize) -> Vec<SizeSource> {
    (0..video.segments()).map(|k| video.size_source(k, level).expect("known")).collect()
}

pub(crate) fn kbps(video: &Video) -> Vec<f64> {
    video.ladder().bitrates().iter().map(|b| b.kbps()).collect()
}

/// A box `sidx` as ISO/IEC 14496-12, 8.16.3 has it. References: whether to an index, bytes, ticks.
pub(crate) fn sidx(
    version: u8,
    timescale: u32,
    first_offset: u64,
    references: &[(bool, u32, u32)],
) -> Vec<u8> {
    let mut content = vec![version, 0, 0, 0];
    content.extend(1u32.to_be_bytes()); // reference_ID
    content.extend(timescale.to_be_bytes());
    match version {
        0 => {
            content.extend(0u32.to_be_bytes()); // earliest_presentation_time
            content.extend(u32::try_from(first_offset).expect("small").to_be_bytes());
        }
        _ => {
            content.extend(0u64.to_be_bytes());
            content.extend(first_offset.to_be_bytes());
        }
    }
    content.extend([0, 0]); // reserved
    content.extend(u16::try_from(references.len()).expect("few").to_be_bytes());
    for (is_index, bytes, ticks) in references {
        content.extend((u32::from(*is_index) << 31 | bytes).to_be_bytes());
        content.extend(ticks.to_be_bytes());
        content.extend(0x9000_0000u32.to_be_bytes()); // starts_with_SAP, type 1
    }
    boxed(b"sidx", &content)
}

pub(crate) fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut all = u32::try_from(content.len() + 8).expect("small").to_be_bytes().to_vec();
    all.extend(kind);
    all.extend(content);
    all
}
