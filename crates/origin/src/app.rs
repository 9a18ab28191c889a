//! What all connections of an origin share.

use std::sync::Arc;

use units::{BitRate, Seconds};

use crate::clock::Clock;
use crate::config::Limits;
use crate::content::Site;
use crate::error::OriginError;
use crate::fault::Faults;
use crate::log::Log;
use crate::shaper::{Link, Shape};
use crate::vstack::VStack;

/// What all connections share.
pub(crate) struct App {
    pub(crate) id: String,
    /// The highest bitrate that players are told to play.
    pub(crate) suggested: Option<BitRate>,
    pub(crate) clock: Clock,
    pub(crate) content: Site,
    pub(crate) vstack: Arc<VStack>,
    pub(crate) faults: Faults,
    pub(crate) log: Log,
    pub(crate) limits: Limits,
    /// Before each answer that carries media, where there is no link.
    pub(crate) latency: Seconds,
    pub(crate) shape: Shape,
    /// The link of all connections, where there is one.
    pub(crate) link: Option<Arc<Link>>,
}

impl App {
    pub(crate) fn link(&self, connection: u64) -> Result<Option<Arc<Link>>, OriginError> {
        match &self.shape {
            Shape::Connection(make) => Ok(Some(Arc::new(Link::new(make(connection)?)))),
            Shape::Unshaped(_) | Shape::Origin(_) => Ok(self.link.clone()),
        }
    }
}
