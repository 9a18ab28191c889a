//! A folder with a real package, and no way out of it.

use std::fs::File;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use crate::error::OriginError;
use crate::payload::Payload;
use crate::resource::{HLS, Resource};

/// Media types by the ending of a name.
const KINDS: [(&str, &str); 16] = [
    ("mpd", "application/dash+xml"),
    ("m3u8", HLS),
    ("m3u", HLS),
    ("m4s", "video/mp4"),
    ("mp4", "video/mp4"),
    ("m4v", "video/mp4"),
    ("cmfv", "video/mp4"),
    ("m4a", "audio/mp4"),
    ("cmfa", "audio/mp4"),
    ("aac", "audio/aac"),
    ("ts", "video/mp2t"),
    ("webm", "video/webm"),
    ("vtt", "text/vtt"),
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
];

/// The most bytes of a playlist that are looked at to see whether it names others.
const HEAD: u64 = 64 << 10;

#[derive(Debug)]
pub(crate) struct Package {
    root: PathBuf,
    /// What `/manifest.mpd` and `/master.m3u8` mean where no file has that name.
    mpd: Option<PathBuf>,
    master: Option<PathBuf>,
}

impl Package {
    pub(crate) fn open(folder: PathBuf) -> Result<Package, OriginError> {
        let problem = |problem: String| OriginError::Package { path: folder.clone(), problem };
        let root = folder.canonicalize().map_err(|e| problem(format!("cannot read: {e}")))?;
        let entries = std::fs::read_dir(&root).map_err(|e| problem(format!("expected a folder: {e}")))?;
        let files: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| p.is_file()).collect();
        let ending = |path: &&PathBuf, wanted: &[&str]| wanted.contains(&ending(path).as_str());
        let only = |found: Vec<&PathBuf>| (found.len() == 1).then(|| found[0].clone());
        let mpds: Vec<&PathBuf> = files.iter().filter(|p| ending(p, &["mpd"])).collect();
        let playlists: Vec<&PathBuf> = files.iter().filter(|p| ending(p, &["m3u8", "m3u"])).collect();
        let master = only(playlists.iter().copied().filter(|p| names_others(p)).collect());
        if mpds.is_empty() && playlists.is_empty() {
            return Err(problem("expected a folder with a manifest (.mpd or .m3u8)".to_string()));
        }
        let (mpd, master) = (only(mpds), master.or_else(|| only(playlists)));
        Ok(Package { root, mpd, master })
    }

    /// The file at a decoded path.
    pub(crate) fn find(&self, path: &str) -> Option<Resource> {
        let file = self.file(path).or_else(|| match path {
            "/manifest.mpd" => self.mpd.clone(),
            "/master.m3u8" => self.master.clone(),
            _ => None,
        })?;
        let open = File::open(&file).ok()?;
        let about = open.metadata().ok().filter(std::fs::Metadata::is_file)?;
        let changed =
            about.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        let ending = ending(&file);
        let kind = KINDS.iter().find(|(e, _)| *e == ending).map_or("application/octet-stream", |(_, k)| k);
        let etag = format!("\"{:x}-{:x}\"", about.len(), changed.as_nanos());
        let small = Resource::small(kind, Payload::File(Arc::new(open), about.len()), etag);
        Some(Resource { media: !["mpd", "m3u8", "m3u"].contains(&ending.as_str()), ..small })
    }

    /// A file in the folder: not above it, not behind a link that leads out of it.
    fn file(&self, path: &str) -> Option<PathBuf> {
        let relative = Path::new(path.strip_prefix('/')?);
        let plain = relative.components().all(|c| matches!(c, Component::Normal(_)));
        if !plain || path.contains(['\0', '\\']) {
            return None;
        }
        let real = self.root.join(relative).canonicalize().ok()?;
        real.starts_with(&self.root).then_some(real)
    }
}

fn ending(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}

/// Whether it is a multivariant playlist.
fn names_others(path: &Path) -> bool {
    use std::io::Read;
    let mut text = Vec::new();
    let read = File::open(path).and_then(|f| f.take(HEAD).read_to_end(&mut text));
    read.is_ok() && String::from_utf8_lossy(&text).contains("#EXT-X-STREAM-INF")
}
