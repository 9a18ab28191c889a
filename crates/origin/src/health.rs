//! What an origin says of itself.

use serde::Serialize;
use units::Seconds;

use crate::server::App;

/// The answer of `/health`: the fields of V-Stack's storage node and those of its metadata service.
#[derive(Debug, Serialize)]
pub(crate) struct Health {
    status: &'static str,
    service: &'static str,
    node_id: String,
    /// In whole seconds.
    uptime: u64,
}

impl App {
    pub(crate) fn health(&self) -> Health {
        let uptime: Seconds = self.time();
        Health {
            status: "healthy",
            service: "segue-origin",
            node_id: self.id.clone(),
            uptime: uptime.get() as u64,
        }
    }
}
