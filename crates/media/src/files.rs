//! The files beside a manifest.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use crate::MediaError;
use crate::error::io;

/// The files beside a manifest, by their names relative to it: parts separated by `/`, `..` only at the beginning.
///
/// A manifest is read with any of these: a folder on disk ([`import_path`](crate::formats::import_path)), files in memory
/// ([`read_files`](crate::formats::read_files)), or a table of sizes that a server told.
pub trait Files {
    /// The size of a file in bytes; nothing where there is no such file.
    fn size(&self, name: &str) -> Option<u64>;

    /// At most `most` bytes of a file from position `from` on, fewer where it ends; nothing where there is no such file.
    ///
    /// # Errors
    /// [`MediaError::Io`] for a file that is there and cannot be read.
    fn read(&self, name: &str, from: u64, most: u64) -> Result<Option<Vec<u8>>, MediaError>;

    /// Whether it also knows files elsewhere, by absolute references: what lies on this machine does not.
    fn reaches_elsewhere(&self) -> bool {
        false
    }
}

/// A file of a video description, with its name inside its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its name; empty for an input that has none.
    pub name: String,
    pub bytes: Vec<u8>,
}

pub(crate) struct InMemory<'a>(pub(crate) &'a [SourceFile]);

impl InMemory<'_> {
    fn find(&self, name: &str) -> Option<&SourceFile> {
        self.0.iter().find(|f| f.name == name)
    }
}

impl Files for InMemory<'_> {
    fn size(&self, name: &str) -> Option<u64> {
        self.find(name).map(|f| f.bytes.len() as u64)
    }

    fn read(&self, name: &str, from: u64, most: u64) -> Result<Option<Vec<u8>>, MediaError> {
        Ok(self.find(name).map(|f| {
            let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(f.bytes.len());
            f.bytes[place(from)..place(from.saturating_add(most))].to_vec()
        }))
    }
}

pub(crate) struct OnDisk {
    folder: PathBuf,
}

impl OnDisk {
    pub(crate) fn new(folder: &Path) -> OnDisk {
        OnDisk { folder: folder.to_path_buf() }
    }

    /// The path and size of a plain file of that name; a reference that is absolute on this system means no file beside the
    /// manifest.
    fn file(&self, name: &str) -> Option<(PathBuf, u64)> {
        let relative = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::ParentDir);
        let name = Path::new(name);
        if !name.components().all(relative) {
            return None;
        }
        let path = self.folder.join(name);
        let metadata = std::fs::metadata(&path).ok().filter(|m| m.is_file())?;
        Some((path, metadata.len()))
    }
}

impl Files for OnDisk {
    fn size(&self, name: &str) -> Option<u64> {
        self.file(name).map(|(_, size)| size)
    }

    fn read(&self, name: &str, from: u64, most: u64) -> Result<Option<Vec<u8>>, MediaError> {
        let Some((path, _)) = self.file(name) else { return Ok(None) };
        let part = || {
            let mut file = std::fs::File::open(path)?;
            file.seek(SeekFrom::Start(from))?;
            let mut bytes = Vec::new();
            file.take(most).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        part().map(Some).map_err(|e| io(e).in_file(Path::new(name)))
    }
}
