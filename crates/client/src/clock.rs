//! The one clock of the client.

use units::Seconds;

/// Tells the time of a session, from its beginning.
pub trait Clock {
    /// The time since the beginning.
    fn now(&self) -> Seconds;
}

/// The wall clock (that of tokio's runtime, which tests may pause).
#[derive(Clone, Copy, Debug)]
pub struct WallClock(tokio::time::Instant);

impl WallClock {
    /// A clock that stands at 0 now.
    pub fn start() -> WallClock {
        WallClock(tokio::time::Instant::now())
    }
}

impl Clock for WallClock {
    fn now(&self) -> Seconds {
        Seconds::new(self.0.elapsed().as_secs_f64())
    }
}

/// Sleeps until the clock shows this time; for ever, if it never does.
pub(crate) async fn until(clock: &impl Clock, at: Seconds) {
    let rest = at - clock.now();
    if !rest.is_finite() {
        return std::future::pending().await;
    }
    tokio::time::sleep(duration(rest)).await;
}

/// A time as the runtime takes it; never negative, a day at most.
pub(crate) fn duration(time: Seconds) -> std::time::Duration {
    std::time::Duration::from_secs_f64(time.get().clamp(0.0, 86_400.0))
}

/// Unix time, in seconds.
#[allow(clippy::disallowed_methods, reason = "dashboards show when a node last answered as a date")]
pub(crate) fn unix() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0.0, |d| d.as_secs_f64())
}
