//! The rules, one file each.

mod bba;
mod bola;
mod bola_e;
mod buffer;
pub mod dashjs;
mod dynamic;
mod fixed;
pub mod hlsjs;
mod mpc;
mod rate;
mod safety;
mod throughput;
mod utility;

pub use bba::Bba;
pub use bola::{Bola, BolaOptions};
pub use bola_e::{BolaE, BolaEOptions};
pub use buffer::Buffer;
pub use dynamic::{Dynamic, DynamicDash, DynamicOptions};
pub use fixed::Fixed;
pub use mpc::{Mpc, MpcOptions};
pub use rate::{Rate, RateOptions};
pub use throughput::{Throughput, ThroughputOptions};

#[cfg(test)]
pub(crate) mod tests {
    use media::{Ladder, Video};
    use units::Seconds;

    /// 6 rungs from 300 to 4300 kbit/s, 50 segments of 4 s, constant bitrate.
    pub(crate) fn video() -> Video {
        let ladder = Ladder::from_kbps(&[300.0, 750.0, 1200.0, 1850.0, 2850.0, 4300.0]).expect("ascending");
        Video::constant_bitrate("v", ladder, Seconds::new(4.0), Seconds::new(200.0)).expect("valid")
    }
}
