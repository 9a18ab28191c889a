//! An HTTP origin whose link is shaped by any network model.
//!
//! It serves a synthetic video (segments made on the fly to exactly the sizes of a [`media::Video`], playable as fragmented MP4,
//! with DASH and HLS manifests), on demand or live, or a folder with a real package. What carries media comes over a link: a
//! trace, a preset, with or without impairments, one for the origin or one for each connection. The last byte of an answer is sent
//! when the model says that it arrives. Faults happen on request.
//!
//! ```
//! use media::{Ladder, Video};
//! use origin::{Config, Content, Origin};
//! use units::Seconds;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(async {
//! let ladder = Ladder::from_kbps(&[300.0, 1200.0])?;
//! let video = Video::constant_bitrate("talk", ladder, Seconds::new(4.0), Seconds::new(60.0))?;
//! let origin = Origin::start(Config::new(Content::Video(video))).await?;
//! println!("{}/manifest.mpd", origin.url());
//! origin.stop().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).expect("an origin");
//! ```
//!
//! Media are shaped: segments and chunks. Manifests, initialization segments and everything small is sent at once. Time on the link
//! begins with the first request for media. Flows at the same time share the link equally; see [`Shape`].

mod answer;
mod app;
mod blocking;
mod body;
mod clock;
mod cmsd;
mod config;
mod content;
mod error;
pub mod fault;
mod fmp4;
mod io;
mod log;
mod manifests;
mod package;
mod payload;
mod range;
mod reply;
mod resource;
mod server;
mod shaper;
mod shared;
mod sound;
mod synthetic;
mod vstack;

pub use config::{Config, Limits};
pub use content::Content;
pub use error::OriginError;
pub use fault::Fault;
pub use log::{LOG_SCHEMA, Log, Served};
pub use server::Origin;
pub use shaper::{MakeChannel, Shape};
