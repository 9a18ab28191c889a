//! The player over real HTTP, with many sources for one segment.
//!
//! What decides is pure: [`NetworkMonitor`], [`ChunkScheduler`], [`BufferManager`] and [`SmartSession`] are told the time and the news,
//! and say what to do. [`simulate`] drives them in virtual time.

#![forbid(unsafe_code)]

mod buffer;
mod clock;
mod cmcd;
mod cmsd;
mod config;
mod contest;
mod dashboard;
mod error;
mod flights;
mod http;
mod listing;
mod live;
mod manifest;
mod monitor;
mod nodes;
mod report;
mod scheduler;
mod session;
mod sink;
mod smart;
mod status;
mod steering;
mod stream;
#[cfg(feature = "tls")]
mod tls;
mod watch;

pub use buffer::{BufferManager, BufferState, BufferStatistics, BufferStatus, Playable, Rebuffering};
pub use clock::{Clock, WallClock};
pub use cmsd::Cmsd;
pub use config::{Average, Behaviour, Choice, Config};
pub use contest::{DemoNode, DemoResult, Showing, demo, drawn_nodes, emulated, showing};
pub use dashboard::{Dashboard, Shown};
pub use error::ClientError;
pub use monitor::{Forecast, History, Level, NetworkMonitor, NodeStats, Spread};
pub use nodes::{Log, Phase, VirtualNodes, simulate};
pub use report::{Report, Transport};
pub use scheduler::{Attempt, Chunk, ChunkScheduler, Failure, Order, SchedulerStatistics};
pub use session::{Command, Piece, SmartSession};
pub use sink::{Sink, Writer};
pub use smart::{Manifest, ManifestChunk, SmartClient};
pub use status::{Feed, Naive, Sample, Status};
pub use stream::Streaming;
