//! What can go wrong: only drawing and writing can, never a number in the data.

use std::path::PathBuf;

/// Why a chart could not be drawn or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// A file could not be written.
    #[error("{path}: cannot write: {source}")]
    Write {
        /// The file that was asked for.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The ending of a file's name is that of no format.
    #[error("{path}: no picture format ends like this: expected .png or .svg, or .pdf for print")]
    Format {
        /// The file that was asked for.
        path: PathBuf,
    },
    /// A picture without pixels, or with too many.
    #[error("a picture of {width} x {height} pixels: expected 1 to {most} each way")]
    Size {
        /// Asked for, in pixels.
        width: u32,
        /// Asked for, in pixels.
        height: u32,
        /// The largest side that is drawn, in pixels.
        most: u32,
    },
    /// The drawing library gave up.
    #[error("cannot draw the chart: {0}")]
    Draw(String),
}
