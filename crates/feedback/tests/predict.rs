//! The predictors: on drives that nothing was fitted to, and what they do where there is little to go by.

use feedback::predict::{Source, Trained, Verdict, evaluate, generated, predictor, witness};
use feedback::telemetry::{Field, Reader, Telemetry, cmcd, of_recording};

fn parse(text: &str) -> Telemetry {
    Telemetry::parse(text).expect("telemetry")
}

#[test]
fn on_held_out_drives_the_model_beats_every_baseline_and_is_calibrated() {
    let model = Trained::built_in().expect("the committed model");
    let cases =
        |source, n| -> Vec<_> { (0..n).map(|i| generated(source, i, 10.0).expect("a drive")).collect() };
    let evaluation =
        evaluate(&model, &cases(Source::HeldOut, 80), &cases(Source::Calibration, 30)).expect("drives");
    let trained = &evaluation.rows[0];
    assert!(
        evaluation.windows > 2000 && (0.3..0.7).contains(&evaluation.high_share),
        "{}",
        evaluation.high_share
    );
    assert!(trained.calibration_error <= 0.05, "{}", trained.calibration_error);
    for paired in &evaluation.paired {
        assert!(paired.difference > 0.0 && paired.p < 0.01, "{paired:?}");
    }
    // An honest report: the radio alone says little.
    let radio = &evaluation.rows[2];
    assert!(radio.accuracy < trained.accuracy - 0.1, "{} against {}", radio.accuracy, trained.accuracy);
    let windows: usize = evaluation.confusion.iter().flatten().sum();
    assert_eq!(windows, evaluation.windows);
}

#[test]
fn the_committed_model_is_what_it_says_and_stored_as_it_was_read() {
    let model = Trained::built_in().expect("the committed model");
    let text = model.to_json().expect("numbers");
    assert_eq!(text, include_str!("../data/qoe_model.json"));
    assert!(Trained::parse(&text.replace("qoe-model/1", "qoe-model/9")).is_err());
    assert!(Trained::parse("{}").is_err() && Trained::parse(&text[..text.len() / 2]).is_err());
}

/// The file must be what `cargo xtask train-qoe` would write now. That takes minutes; its first drives take seconds.
#[test]
fn the_committed_model_is_made_by_this_code() {
    let model = Trained::built_in().expect("the committed model");
    assert_eq!(
        model.witness(),
        witness().expect("drives"),
        "what the prediction model learns from has changed: run cargo xtask train-qoe and commit what it writes"
    );
}

#[test]
fn auto_takes_the_document_for_radio_values_alone_and_the_model_for_more() {
    let auto = predictor("auto").expect("a predictor");
    let radio = auto.predict(&[parse("RSRP=-94.21,RSRQ=-12.45,SNR=8.32")]).expect("radio values");
    assert_eq!((radio.model.as_str(), radio.label), ("document", Verdict::NeedsAdjustment));
    let good = auto.predict(&[parse("RSRP=-88.76,RSRQ=-9.32,SNR=15.43")]).expect("radio values");
    assert_eq!((good.model.as_str(), good.label), ("document", Verdict::HighQuality));
    let more = auto.predict(&[parse("RSRP=-94.21,SNR=8.32,throughput=80")]).expect("a rate");
    assert_eq!((more.model.as_str(), more.label), ("trained", Verdict::HighQuality));
    let less = auto.predict(&[parse("throughput=0.4")]).expect("a rate");
    assert_eq!(less.label, Verdict::NeedsAdjustment);
    assert!(auto.predict(&[]).is_none() && auto.predict(&[Telemetry::default()]).is_none());
    assert!(
        predictor("forest").err().is_some_and(|e| e.to_string().contains("Known: auto, document, trained"))
    );
}

#[test]
fn values_out_of_range_are_flagged_and_those_that_cannot_be_are_not_used() {
    let sample = parse("RSRP=-130,SNR=25,loss=250,latency=20");
    let flags = sample.flags();
    let told: Vec<(&str, bool)> = flags.iter().map(|f| (f.field, f.used)).collect();
    assert_eq!(told, [("RSRP", true), ("SNR", true), ("loss", false)]);
    assert_eq!((sample.get(Field::Rsrp), sample.get(Field::Loss)), (Some(-130.0), None));
    assert_eq!(sample.reported(Field::Loss), Some(250.0));
    // What the command prints is read again.
    let printed = sample.dictionary();
    assert_eq!(printed, "{'RSRP': -130.00, 'SNR': 25.00, 'latency': 20.00, 'loss': 250.00}");
    assert_eq!(parse(&printed), sample);
    for text in ["RSRP", "RSRP=x", "RSRP=-90,RSRP=-91", "RSSI=3", "SNR=inf", "RSRP=nan"] {
        assert!(Telemetry::parse(text).is_err(), "{text}");
    }
}

#[test]
fn the_same_sample_comes_out_of_every_form() {
    let mut csv = Reader::new();
    assert!(csv.read("time_s,rsrp_dbm,snr_db,throughput_mbps").is_ok());
    let from_csv = csv.read("1,-94.2,8.3,12.5").expect("a row");
    let from_json = Reader::new()
        .read(r#"{"time_s":1,"RSRP":-94.2,"sinr":8.3,"throughput_kbps":12500}"#)
        .expect("an object");
    assert_eq!(from_csv, from_json);
    for line in [
        "1,-94.2,8.3",
        "1,-94.2,8.3,x",
        r#"{"RSRP":"strong"}"#,
        "{",
        r#"{"a":1}"#,
        r#"{"time_s":"now","SNR":1}"#,
        // No clock goes on from here by seconds.
        r#"{"time_s":1e300,"SNR":1}"#,
        r#"{"time_s":-1e12,"text":"it froze"}"#,
        "1e300,-94.2,8.3,12.5",
    ] {
        let error = csv.read(line).expect_err(line).to_string();
        assert!(error.starts_with("line "), "{error}");
    }
    let request = cmcd("CMCD-Status: bs,bl=1200");
    assert_eq!((request.get(Field::Stalled), request.get(Field::Buffer)), (Some(1.0), Some(1.2)));
}

#[test]
fn a_field_log_gives_its_radio_values_and_no_others() {
    let log = "Timestamp,RSRP,RSRQ,SNR,DL_bitrate\n2020.01.01_00.00.00,-94,-12,8.5,12500\n2020.01.01_00.00.01,-95,-,-,0\n";
    let recording = netmodel::formats::read(log.as_bytes(), None, &Default::default()).expect("a log");
    let samples = of_recording(&recording);
    assert_eq!(samples[0].get(Field::Snr), Some(8.5));
    assert_eq!((samples[1].get(Field::Rsrp), samples[1].get(Field::Snr)), (Some(-95.0), None));
    assert_eq!(samples[1].get(Field::Throughput), Some(0.0));
    assert_eq!(samples[1].get(Field::Latency), None);
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]
    #[test]
    fn no_line_panics(line in "\\PC{0,120}|[{}\":,a-zA-Z0-9=%.-]{0,120}") {
        let mut reader = Reader::new();
        let _ = reader.read("time_s,rsrp_dbm,snr_db");
        let _ = reader.read(&line);
        let _ = Telemetry::parse(&line);
        let _ = cmcd(&line);
    }
}
