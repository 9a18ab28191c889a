//! Traces and videos by the words of the command line: a file, a folder, a pattern or a preset.

mod args;
mod files;
mod find;
mod preset;
mod source;
mod traces;
mod video;

pub(crate) use args::{InputArgs, Inputs};
pub(crate) use files::{files_of, head, matches, missing, said_of};
pub(crate) use find::find;
pub(crate) use preset::{PRESET, is_video_preset, preset, preset_name};
pub(crate) use source::Source;
pub use traces::{Traces, load_traces};
pub(crate) use traces::{load_trace, traces_for};
pub use video::load_video;
pub(crate) use video::{import_video, video};
