//! The models, one file each.

pub mod bola;
pub mod c3;
pub mod comyco;
pub mod ftw;
pub mod fugu;
pub mod ksqi;
pub mod linear;
pub mod mm19;
pub mod mok;
pub mod monitor;
pub mod nqoe;
pub mod pensieve;
pub mod qoe_core;
pub mod sqi;
pub mod twitch;
pub mod yin;
