//! What a client with many sources can be told, and what the original of the profile `v-stack` does differently.
//!
//! Source: V-Stack (prakhar479/VStack), its README for the defaults and the code of HEAD `8116d1f` for the behaviour.

use std::path::PathBuf;

use units::Seconds;

/// How a client with many sources behaves. The defaults are V-Stack's documented ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// V-Stack's metadata service.
    pub metadata_service_url: String,
    /// Between two pings of a node.
    pub ping_interval: Seconds,
    /// A ping that takes longer has failed.
    pub ping_timeout: Seconds,
    /// A node that has not answered for longer is unhealthy.
    pub node_health_timeout: Seconds,
    /// Measurements of latency and bandwidth that are kept; twice as many of success.
    pub history_size: usize,
    /// Chunks in flight at a time, at most.
    pub max_concurrent_downloads: usize,
    /// Tries per replica and chunk.
    pub max_retries: u32,
    /// A request that takes longer has failed.
    pub download_timeout: Seconds,
    /// A request on which nothing comes for so long has failed (not under `v-stack`).
    pub idle_timeout: Seconds,
    /// Playback is given up if nothing at all comes for so long.
    pub give_up: Seconds,
    /// Media that the buffer is to hold.
    pub target_buffer_sec: Seconds,
    /// Below so much media the buffer is low.
    pub low_water_mark_sec: Seconds,
    /// How long a chunk plays.
    pub chunk_duration_sec: Seconds,
    /// Media that starts playback, and resumes it after an interruption.
    pub start_playback_sec: Seconds,
    /// Bytes of media that are held, at most.
    pub max_memory_bytes: u64,
    /// How a node is chosen.
    pub choice: Choice,
    /// Whether a chunk that is about to be late is asked for a second time, elsewhere.
    pub hedge: bool,
    /// A PEM file of certificates that are trusted besides those of the machine, for `https://`.
    pub ca: Option<PathBuf>,
    /// What is done differently from the default.
    pub behaviour: Behaviour,
}

/// How a node is chosen for a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The seed's score: `bandwidth x reliability / (1 + 0.1 x latency)`, over `1 + 0.2 x load`.
    Score,
    /// The earliest expected completion with the risk of missing the deadline: quantiles of first byte and rate.
    Completion,
    /// One replica after the other, whatever is known of them: the naive client.
    RoundRobin,
    /// The first of those that have it, in the order in which they are named: somebody else has decided (content steering).
    Listed,
}

/// How several measurements become one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Average {
    /// The plain mean of the history.
    Mean,
    /// Exponentially weighted, `e = alpha x + (1 - alpha) e`; the first measurement begins it.
    Ewma(f64),
}

/// What an original does differently, its bugs included. Each is false (or zero) in the default.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Behaviour {
    /// Of latency, bandwidth and success (E3: the original has plain means where it promises weighted ones).
    pub average: Average,
    /// The bandwidth assumed of a node at its first answer is kept as if it had been measured (E1).
    pub assumption_is_sample: bool,
    /// Any answer to a ping is a good one, `503` included (E1).
    pub any_answer_is_good: bool,
    /// Only pings count towards a node's reliability and its last sign of life; downloads do not (E5).
    pub only_pings_count: bool,
    /// A node is unhealthy until it has answered, and as soon as its last answer is older than the timeout, be the next ping
    /// not yet due (E4, E7); nodes never seen score 0 (E2).
    pub strict_health: bool,
    /// The next round of pings begins an interval after the last answer of the round before (E7).
    pub ping_in_rounds: bool,
    /// Leaving the last replica counts as a failover (E10).
    pub last_failover_counts: bool,
    /// `success_rate` is (successes - failures) / successes, and 0 without downloads (E13).
    pub odd_success_rate: bool,
    /// Chunks are fetched in batches and are of use only when the whole batch is done; the batch overshoots the target (E12, E21,
    /// E22).
    pub batches: bool,
    /// A chunk that could not be had from any replica is never asked for again, and what is buffered behind it counts as level
    /// (E14, E18).
    pub skips_gaps: bool,
    /// Every look at an empty buffer counts as rebuffering, a gap never does (E17, E23).
    pub counts_polls: bool,
    /// What does not fit the memory goes to disk, and comes back without data (E19, E27).
    pub spills: bool,
    /// Between the first ping and the first request (E21).
    pub head_start: Seconds,
}

impl Behaviour {
    /// Nobody's bugs.
    pub const DEFAULT: Behaviour = Behaviour {
        average: Average::Ewma(0.3),
        assumption_is_sample: false,
        any_answer_is_good: false,
        only_pings_count: false,
        strict_health: false,
        ping_in_rounds: false,
        last_failover_counts: false,
        odd_success_rate: false,
        batches: false,
        skips_gaps: false,
        counts_polls: false,
        spills: false,
        head_start: Seconds::ZERO,
    };

    /// V-Stack at HEAD `8116d1f`.
    pub const V_STACK: Behaviour = Behaviour {
        average: Average::Mean,
        assumption_is_sample: true,
        any_answer_is_good: true,
        only_pings_count: true,
        strict_health: true,
        ping_in_rounds: true,
        last_failover_counts: true,
        odd_success_rate: true,
        batches: true,
        skips_gaps: true,
        counts_polls: true,
        spills: true,
        head_start: Seconds::new(1.0),
    };
}

impl Default for Config {
    fn default() -> Config {
        Config {
            metadata_service_url: "http://localhost:8080".to_string(),
            ping_interval: Seconds::new(3.0),
            ping_timeout: Seconds::new(5.0),
            node_health_timeout: Seconds::new(30.0),
            history_size: 10,
            max_concurrent_downloads: 4,
            max_retries: 3,
            download_timeout: Seconds::new(30.0),
            idle_timeout: Seconds::new(5.0),
            give_up: Seconds::new(60.0),
            target_buffer_sec: Seconds::new(30.0),
            low_water_mark_sec: Seconds::new(15.0),
            chunk_duration_sec: Seconds::new(10.0),
            start_playback_sec: Seconds::new(10.0),
            max_memory_bytes: 500 << 20,
            choice: Choice::Score,
            hedge: true,
            ca: None,
            behaviour: Behaviour::DEFAULT,
        }
    }
}

impl Config {
    /// The profile `v-stack`: the original as it is, bugs included.
    pub fn v_stack() -> Config {
        Config { hedge: false, behaviour: Behaviour::V_STACK, ..Config::default() }
    }

    /// The naive client: one replica after the other, no second request.
    pub fn naive() -> Config {
        Config { choice: Choice::RoundRobin, hedge: false, ..Config::default() }
    }
}
