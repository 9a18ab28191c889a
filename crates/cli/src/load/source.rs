//! One source of traces: a preset, or a file that is recognised by its first bytes.

use std::fs;
use std::path::{Path, PathBuf};

use netmodel::formats::{self, Content, Format, ReadOptions};
use netmodel::generators;

use super::files::{head, said_of};
use super::preset::preset;
use crate::{Error, player_logs};

/// Where a trace comes from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Preset(String),
    File(Box<TraceFile>),
}

impl Source {
    /// Everything in it. A preset is read as the file that it would be written to.
    pub(crate) fn contents(&self, seed: u64) -> Result<Vec<Content>, Error> {
        let text = match self {
            Source::File(file) => return file.read(),
            Source::Preset(text) => text,
        };
        let trace = preset(text, seed)?;
        let (csv, _, write) = formats::parse_spec("csv")?;
        let mut bytes = Vec::new();
        formats::write(&trace, csv, &mut bytes, &write)?;
        let mut read = ReadOptions::default();
        read.name = Some(trace.name().to_string());
        read.measures = Some(generators::measures(text));
        Ok(formats::read_all(&bytes[..], Some(csv), &read)?)
    }

    /// Whether it may be no trace at all: what was found and not named, in a format that was given and not recognised.
    pub(crate) fn is_unsure(&self) -> bool {
        self.file().is_some_and(|f| f.unsure)
    }

    pub(crate) fn file(&self) -> Option<&TraceFile> {
        match self {
            Source::File(file) => Some(file),
            Source::Preset(_) => None,
        }
    }
}

/// A file that holds traces, and how to read it.
#[derive(Clone, Debug)]
pub(crate) struct TraceFile {
    /// What it is called: of a file in an archive, the archive's path and its own.
    pub(crate) path: PathBuf,
    /// The file of the system that it is or is in.
    pub(crate) on_disk: PathBuf,
    /// None for the log of a player or server, of which the network is taken.
    format: Option<&'static Format>,
    pub(super) options: ReadOptions,
    /// What was read already of what should be read only once: a pipe, or an archive.
    bytes: Option<Vec<u8>>,
    /// Whether nothing says that it is a trace: it was found, not named, and its format was given, not recognised.
    unsure: bool,
}

/// What a path contains: each trace file, or why a file is none.
pub(super) struct Opened {
    pub(super) files: Vec<Result<TraceFile, Error>>,
    /// What of an archive is left out.
    pub(super) notes: Vec<String>,
}

impl TraceFile {
    /// Everything in it.
    pub(crate) fn read(&self) -> Result<Vec<Content>, Error> {
        let Some(format) = self.format else {
            return player_logs::network(&self.path, self.bytes.as_deref());
        };
        let Some(bytes) = &self.bytes else {
            return Ok(formats::read_all_path(&self.path, Some(format), &self.options)?);
        };
        let mut options = self.options.clone();
        options.name.get_or_insert_with(|| formats::stem(&self.path));
        let read = formats::read_all(&bytes[..], Some(format), &options);
        read.map_err(|e| Error::input(self.path.display(), e))
    }

    /// The files of a file by its name (of an archive there may be several), in the format that is given or that the first
    /// bytes of each show; of what is none, why.
    pub(super) fn open(path: &Path, forced: Option<&Forced>, found: bool) -> Result<Opened, Error> {
        let mut file = TraceFile {
            path: path.to_path_buf(),
            on_disk: path.to_path_buf(),
            format: None,
            options: ReadOptions::default(),
            bytes: None,
            unsure: found && forced.is_some(),
        };
        let once = !path.is_file();
        let head = head(path, once)?;
        if !formats::is_packed(&head) {
            file.recognise(&head, forced)?;
            file.bytes = once.then_some(head);
            return Ok(Opened { files: vec![Ok(file)], notes: vec![] });
        }
        let bytes = match once {
            true => head,
            false => fs::read(path).map_err(|e| Error::read(path.display(), e))?,
        };
        let unpacked = formats::unpack(bytes).map_err(|e| Error::input(path.display(), e))?;
        let several = unpacked.members.len() > 1;
        let member = |member: formats::Member| {
            let mut file = TraceFile { unsure: file.unsure || several && forced.is_some(), ..file.clone() };
            if !member.path.as_os_str().is_empty() {
                file.path = path.join(&member.path);
            }
            file.recognise(&member.bytes, forced)?;
            file.bytes = Some(member.bytes);
            Ok(file)
        };
        let notes = said_of(path, &unpacked.notes);
        Ok(Opened { files: unpacked.members.into_iter().map(member).collect(), notes })
    }

    /// With the second of two files, unless the user named one; the two are then read together.
    pub(super) fn with_acked(mut self, acked: Option<&PathBuf>) -> TraceFile {
        if let Some(acked) = acked {
            self.options.acked.get_or_insert_with(|| acked.clone());
            self.bytes = None;
        }
        self
    }

    /// Takes the format that is given, or that the bytes show.
    fn recognise(&mut self, bytes: &[u8], forced: Option<&Forced>) -> Result<(), Error> {
        match forced {
            Some((format, options)) => (self.format, self.options) = (Some(*format), options.clone()),
            None if qoe::logs::is_log(bytes) => self.format = None,
            None => {
                let sniffed = formats::sniff(bytes).map_err(|e| Error::input(self.path.display(), e))?;
                self.format = Some(sniffed.format);
            }
        }
        Ok(())
    }
}

/// A format that the user gave, with its options.
pub(super) type Forced = (&'static Format, ReadOptions);

#[cfg(test)]
mod tests {
    use netmodel::formats::Measurement;

    use super::*;

    #[test]
    fn a_preset_says_what_it_measures() {
        for (preset, measures) in [("oboe", Measurement::Observed), ("4g", Measurement::Capacity)] {
            let read = Source::Preset(format!("preset:{preset},duration=60")).contents(7).expect("a trace");
            assert!(matches!(&read[..], [Content::Trace(r)] if r.measures == measures), "{preset}");
        }
    }
}
