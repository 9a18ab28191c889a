//! The models, one file each, and the list of them.

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

use crate::entry::ModelInfo;

/// Every model. The one place where a model is registered.
pub(crate) const ALL: &[ModelInfo] = &[
    yin::INFO,
    pensieve::LIN,
    pensieve::LOG,
    pensieve::HD,
    fugu::INFO,
    comyco::INFO,
    bola::INFO,
    c3::INFO,
    nqoe::NOTE,
    nqoe::LOLPLUS,
    mm19::INFO,
    ftw::INFO,
    mok::INFO,
    ksqi::INFO,
    sqi::INFO,
    qoe_core::INFO,
    twitch::INFO,
    monitor::INFO,
    #[cfg(feature = "p1203")]
    crate::p1203::INFO,
];
