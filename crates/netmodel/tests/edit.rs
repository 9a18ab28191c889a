//! Laws of cutting, scaling, resampling and joining, on random traces.

use netmodel::{Period, Trace, edit};
use proptest::prelude::*;
use units::{BitRate, Seconds};

fn traces() -> impl Strategy<Value = Trace> {
    let period = (1u32..5_000, 0u32..20_000, 0u32..300).prop_map(|(ms, kbps, latency)| Period {
        duration: Seconds::from_millis(f64::from(ms)),
        rate: BitRate::from_kbps(f64::from(kbps)),
        latency: Seconds::from_millis(f64::from(latency)),
    });
    prop::collection::vec(period, 1..40).prop_map(|p| Trace::new("t", p).expect("valid"))
}

fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-9 * scale.max(1.0)
}

proptest! {
    #[test]
    fn the_parts_of_a_cut_are_the_whole(trace in traces(), at in 0.001f64..0.999) {
        let middle = trace.duration() * at;
        let first = edit::cut(&trace, Seconds::ZERO, middle).expect("a part");
        let rest = edit::cut(&trace, middle, Seconds::INFINITY).expect("a part");
        let whole = edit::concat("whole", &[first.clone(), rest]).expect("two parts");
        prop_assert!(close(whole.duration().get(), trace.duration().get(), trace.duration().get()));
        prop_assert!(close(whole.total().get(), trace.total().get(), trace.total().get()));
        prop_assert!(close(first.total().get(), trace.bits_before(middle).get(), trace.total().get()));
    }

    #[test]
    fn a_cut_of_everything_is_the_same_trace(trace in traces()) {
        prop_assert_eq!(&edit::cut(&trace, Seconds::ZERO, Seconds::INFINITY).expect("all of it"), &trace);
        prop_assert_eq!(&edit::scale(&trace, 1.0).expect("valid"), &trace);
        prop_assert_eq!(&edit::concat("t", std::slice::from_ref(&trace)).expect("one"), &trace);
    }

    #[test]
    fn resampling_keeps_what_every_step_carries(trace in traces(), ms in 1u32..10_000) {
        let step = Seconds::from_millis(f64::from(ms));
        let even = edit::resample(&trace, step).expect("valid");
        prop_assert!(close(even.duration().get(), trace.duration().get(), trace.duration().get()));
        for i in 0..=even.periods().len() {
            let at = even.start_of(i);
            prop_assert!(close(even.bits_before(at).get(), trace.bits_before(at).get(), trace.total().get()));
        }
        for p in even.periods().iter().take(even.periods().len() - 1) {
            prop_assert!(close(p.duration.get(), step.get(), trace.duration().get()));
        }
    }

    #[test]
    fn scaling_scales_what_is_carried(trace in traces(), factor in 0.01f64..100.0) {
        let scaled = edit::scale(&trace, factor).expect("valid");
        prop_assert!(close(scaled.total().get(), trace.total().get() * factor, scaled.total().get()));
        prop_assert_eq!(scaled.duration(), trace.duration());
    }
}

#[test]
fn whole_steps_of_a_trace_on_a_grid_stay_as_they_are() {
    let trace = Trace::steps("t", &[(1.0, 3.0), (1.0, 0.0), (1.0, 0.7)], Seconds::new(0.04)).expect("valid");
    assert_eq!(edit::resample(&trace, Seconds::new(1.0)).expect("valid"), trace);
}

#[test]
fn what_cannot_be_done_is_said() {
    let trace = Trace::steps("t", &[(10.0, 3.0)], Seconds::ZERO).expect("valid");
    let s = Seconds::new;
    for wrong in [
        edit::cut(&trace, s(10.0), s(20.0)),
        edit::cut(&trace, s(-1.0), s(2.0)),
        edit::cut(&trace, s(4.0), s(4.0)),
        edit::cut(&trace, s(4.0), s(f64::NAN)),
        edit::scale(&trace, 0.0),
        edit::scale(&trace, f64::NAN),
        edit::resample(&trace, s(0.0)),
        edit::resample(&trace, s(1e-7)),
        edit::resample(&trace, s(f64::NAN)),
        edit::concat("none", &[]),
    ] {
        let text = wrong.expect_err("wrong").to_string();
        assert!(!text.contains('\n') && text.contains("expected"), "{text}");
    }
}
