//! A link that knows its radio.

use std::sync::Arc;

use units::{BitRate, Bits, Seconds};

use super::{Drive, State};
use crate::channel::{Channel, Stretch, Waits};
use crate::{Carried, LinkOptions, NetworkError, NetworkModel, ProgressInterval, Transfer, TransferTime};

/// A link over a [`Drive`]: exact as [`netmodel::Link`](crate::Link), of which it is one over the drive's trace, and able to
/// say what the radio is like at the present moment.
///
/// With [`End::Loop`](crate::End::Loop) the terminal is back at its start when it has reached the end.
#[derive(Clone, Debug)]
pub struct Link {
    drive: Arc<Drive>,
    link: crate::Link,
}

impl Link {
    /// A link at the start offset of its options.
    ///
    /// # Errors
    /// As [`netmodel::Link::new`](crate::Link::new).
    pub fn new(drive: Arc<Drive>, options: LinkOptions) -> Result<Link, NetworkError> {
        let link = crate::Link::new(drive.trace().clone(), options)?;
        Ok(Link { drive, link })
    }

    /// The drive it runs on.
    pub fn drive(&self) -> &Arc<Drive> {
        &self.drive
    }

    /// The radio state now; behind the end of a drive that does not loop the last.
    pub fn state(&self) -> &State {
        self.drive.state_at(self.link.position().unwrap_or(Seconds::INFINITY))
    }
}

/// As the link over the trace, call by call; so impairments can stand around it.
impl Channel for Link {
    fn round_trip(&self) -> Seconds {
        self.link.round_trip()
    }
    fn request(&mut self) -> Waits {
        self.link.request()
    }
    fn stretch(&self, demand: BitRate) -> Stretch {
        self.link.stretch(demand)
    }
    fn spend(&mut self, time: Seconds, taken: BitRate) {
        self.link.spend(time, taken);
    }
    fn cross(&mut self, demand: BitRate) {
        self.link.cross(demand);
    }
    fn rest(&mut self, time: Seconds) {
        self.link.rest(time);
    }
    fn entered(&self) -> &[Seconds] {
        self.link.entered()
    }
}

/// As the link over the trace, call by call.
impl NetworkModel for Link {
    fn idle(&mut self, time: Seconds) {
        self.link.idle(time);
    }
    fn open(&mut self) -> Seconds {
        self.link.open()
    }
    fn open_ahead(&mut self, ahead: Seconds) -> Seconds {
        self.link.open_ahead(ahead)
    }
    fn latency_takes_link_time(&self) -> bool {
        self.link.latency_takes_link_time()
    }
    fn carry(&mut self, size: Bits, interval: ProgressInterval) -> Carried {
        self.link.carry(size, interval)
    }
    fn fly(&mut self, flight: &mut Transfer, interval: ProgressInterval, until: Seconds) {
        self.link.fly(flight, interval, until);
    }
    fn carry_all(&mut self, size: Bits) -> Carried {
        self.link.carry_all(size)
    }
    fn transfer(&mut self, size: Bits) -> TransferTime {
        self.link.transfer(size)
    }
    fn entries(&self) -> &[Seconds] {
        self.link.entries()
    }
}
