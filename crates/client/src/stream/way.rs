//! The way of one medium to whoever takes it: initialisation segments before segments, in order.

use bytes::Bytes;

use crate::ClientError;
use crate::http::Http;
use crate::manifest::{self, Found, Medium};
use crate::report::HandedOn;
use crate::sink::{Outlet, Sink};

/// The way of one medium to whoever takes it.
pub(super) struct Way {
    pub(super) outlet: Outlet,
    /// By level.
    inits: Vec<Option<Bytes>>,
    init_sent: Option<usize>,
    pub(super) handed_on: HandedOn,
}

impl Way {
    /// The ways of the picture, and of one of the audio renditions.
    pub(super) async fn open(
        sink: &Sink,
        http: &Http,
        found: &Found,
        sound: Option<usize>,
        most: u64,
    ) -> Result<[Way; 2], ClientError> {
        let beside = if sound.is_some() { sink.of_sound() } else { Sink::None };
        let sound = Medium::Sound(sound.unwrap_or(0));
        Ok([
            Way::of(sink, http, found, Medium::Picture, most).await?,
            Way::of(&beside, http, found, sound, most).await?,
        ])
    }

    async fn of(
        sink: &Sink,
        http: &Http,
        found: &Found,
        medium: Medium,
        most: u64,
    ) -> Result<Way, ClientError> {
        let inits = match sink {
            Sink::None => Vec::new(),
            _ => manifest::inits(http, found, medium).await?,
        };
        let outlet = Outlet::open(sink, http.clone(), most).await?;
        Ok(Way { outlet, inits, init_sent: None, handed_on: HandedOn::default() })
    }

    /// This segment comes first.
    pub(super) fn begin(&mut self, first: usize) {
        self.handed_on = HandedOn::from(first);
    }

    pub(super) fn put(&mut self, segment: usize, level: usize, data: Bytes) -> Result<(), ClientError> {
        self.handed_on.see(segment);
        if self.init_sent != Some(level)
            && let Some(Some(init)) = self.inits.get(level)
        {
            self.outlet.put(init.clone())?;
            self.init_sent = Some(level);
        }
        self.outlet.put(data)
    }
}
