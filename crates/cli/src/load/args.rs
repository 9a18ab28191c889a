//! The arguments of commands that play one video over one trace.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use media::Video;
use netmodel::Trace;
use sim::Profile;

use super::traces::trace_for;
use super::video::video;
use crate::Error;

/// What is played, and over what.
#[derive(Args, Debug)]
pub(crate) struct InputArgs {
    /// Network trace: a file, or preset:NAME[,key=value...]
    #[arg(long, value_name = "TRACE")]
    trace: String,
    /// Video: a file, a folder of sizes, or preset:NAME[,key=value...]
    #[arg(long, value_name = "VIDEO")]
    video: String,
    /// Format of the trace, with options, instead of what its content shows
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Format of the video, with options, instead of what its content shows
    #[arg(long, value_name = "FORMAT")]
    video_format: Option<String>,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
}

pub(crate) struct Inputs {
    pub(crate) trace: Arc<Trace>,
    pub(crate) video: Video,
    /// The files among them, which no output may replace.
    pub(crate) files: Vec<PathBuf>,
    /// What the user should know of them.
    pub(crate) notes: Vec<String>,
}

impl InputArgs {
    /// Reads both, the trace as these profiles play it.
    pub(crate) fn read(&self, profiles: &[Profile]) -> Result<Inputs, Error> {
        let (trace, found) = trace_for(profiles, &self.trace, self.format.as_deref(), self.seed)?;
        let (video, of_video) = video(&self.video, self.video_format.as_deref(), None, self.seed)?;
        let said = [found.warning(), found.doubts()];
        let mut files = found.files;
        files.extend(Path::new(&self.video).is_file().then(|| PathBuf::from(&self.video)));
        let notes = found.notes.into_iter().chain(of_video).chain(said.into_iter().flatten()).collect();
        Ok(Inputs { trace, video, files, notes })
    }
}
