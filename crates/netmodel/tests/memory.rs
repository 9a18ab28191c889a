//! What reading a file costs in memory, measured from outside: a process reads one file and says how far it grew.
//!
//! The limits are multiples of the file's size. Four is what realistic files stay within; lines of a few characters
//! cost more, since a period has 28 bytes however short the text that says it.

#![cfg(target_os = "linux")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use netmodel::formats::{self, WriteOptions};
use netmodel::{Trace, generators};
use units::SimRng;

const FILE: &str = "SEGUE_MEMORY_TEST_FILE";
const SAID: &str = "grown by bytes:";

/// A number of this process, in bytes.
fn status(key: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = status.lines().find(|l| l.starts_with(key)).expect("a line of it");
    line.split_ascii_whitespace().nth(1).and_then(|kb| kb.parse::<usize>().ok()).expect("kB") * 1024
}

/// The other side: reads what it is told to, alone in its process.
#[test]
fn reads_one_file() {
    let Ok(path) = std::env::var(FILE) else { return };
    let before = status("VmRSS:");
    let read =
        formats::read_all_path(Path::new(&path), None, &formats::ReadOptions::default()).expect("a trace");
    let peak = status("VmHWM:");
    assert!(!read.is_empty());
    println!("{SAID} {}", peak.saturating_sub(before));
}

/// By how much a process grows that reads the file.
fn growth(path: &Path) -> usize {
    let this = std::env::current_exe().expect("this program");
    let out = Command::new(this)
        .args(["--exact", "reads_one_file", "--nocapture", "--test-threads=1"])
        .env(FILE, path)
        .output()
        .expect("a run");
    let text = String::from_utf8_lossy(&out.stdout);
    let bytes = text.split(SAID).nth(1).and_then(|t| t.split_ascii_whitespace().next());
    bytes.and_then(|b| b.parse().ok()).unwrap_or_else(|| panic!("no figure: {text}"))
}

fn written(trace: &Trace, format: &str) -> Vec<u8> {
    let format = formats::by_name(format).expect("known");
    let mut bytes = Vec::new();
    formats::write(trace, format, &mut bytes, &WriteOptions::default()).expect("writable");
    bytes
}

/// Numbers as logs have them.
struct Numbers(SimRng);

impl Numbers {
    fn whole(&mut self, least: u64, below: u64) -> u64 {
        self.0.range(least as f64, below as f64) as u64
    }

    fn number(&mut self, least: f64, below: f64) -> f64 {
        self.0.range(least, below)
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.whole(0, list.len() as u64) as usize]
    }
}

/// So many lines of a log, each made of its number, behind a header.
fn log(header: &str, lines: u64, mut line: impl FnMut(&mut Numbers, u64) -> String) -> Vec<u8> {
    let mut numbers = Numbers(SimRng::new(7, 0));
    let mut text = header.to_string();
    for i in 0..lines {
        text.push_str(&line(&mut numbers, i));
    }
    text.into_bytes()
}

/// A time of a month of 28 days, from seconds.
fn clock(s: u64) -> [u64; 4] {
    [1 + s / 86_400 % 28, s / 3600 % 24, s / 60 % 60, s % 60]
}

/// Files of formats that Segue does not write as they are recorded: the columns and digits of the published ones.
fn recorded() -> Vec<(&'static str, Vec<u8>)> {
    let rawlog = log("", 150_000, |n, i| {
        let (at, place) = (549_692 + 1000 * i, [n.number(59.84, 59.86), n.number(10.77, 10.79)]);
        let (bytes, ms) = (n.whole(0, 400_000), n.whole(990, 1020));
        format!("{} {at} {:.6} {:.6} {bytes} {ms:04}\n", 1_289_406_399 + i, place[0], place[1])
    });
    let fcc = "unit_id,dtime,target,address,fetch_time,bytes_total,bytes_sec\n";
    let sites = ["http://www.msn.com", "http://www.amazon.com", "http://www.cnn.com", "http://www.ebay.com"];
    let fcc = log(fcc, 150_000, |n, i| {
        let [day, hour, minute, second] = clock(i * 20);
        let (unit, site) = (600 + i % 50, n.of(&sites));
        let address =
            format!("{}.{}.{}.{}", n.whole(1, 255), n.whole(0, 255), n.whole(0, 255), n.whole(1, 255));
        let (took, size, rate) =
            (n.whole(9e4 as u64, 2e6 as u64), n.whole(20_000, 900_000), n.whole(90_000, 2_000_000));
        format!(
            "{unit},2016-06-{day:02} {hour:02}:{minute:02}:{second:02},{site},{address},{took},{size},{rate}\n"
        )
    });
    let gnettrack = "Timestamp,Longitude,Latitude,Speed,Operatorname,CellID,NetworkMode,RSRP,RSRQ,SNR,CQI,RSSI,DL_bitrate,\
        UL_bitrate,State,PINGAVG,PINGMIN,PINGMAX,PINGSTDEV,PINGLOSS,CELLHEX,NODEHEX,LACHEX,RAWCELLID,NRxRSRP,NRxRSRQ\n";
    let gnettrack = log(gnettrack, 80_000, |n, i| {
        let [day, hour, minute, second] = clock(i - i / 24);
        let at = format!("2020.02.{day:02}_{hour:02}.{minute:02}.{second:02}");
        let (x, y, rsrp) = (n.number(-8.4, -8.3), n.number(51.8, 51.9), n.whole(80, 110));
        let (down, up) = (n.whole(0, 250_000), n.whole(0, 900));
        format!(
            "{at},{x:.6},{y:.6},{},B,11,5G,-{rsrp},-{},{:.1},{},-{},{down},{up},D,-,-,-,-,-,B,A4DF,9CBA,10805003,-{},-{}\n",
            n.whole(0, 60),
            n.whole(8, 18),
            n.number(-3.0, 20.0),
            n.whole(4, 15),
            rsrp - 10,
            rsrp + 3,
            n.whole(9, 15)
        )
    });
    let lumos5g = "run_num,seq_num,abstractSignalStr,latitude,longitude,movingSpeed,compassDirection,nrStatus,lte_rssi,lte_rsrp,\
        lte_rsrq,lte_rssnr,nr_ssRsrp,nr_ssRsrq,nr_ssSinr,Throughput,mobility_mode,trajectory_direction,tower_id\n";
    let lumos5g = log(lumos5g, 80_000, |n, i| {
        let (run, seq) = (1 + i / 500, 1 + i % 500);
        let (x, y) = (n.number(44.97, 44.98), n.number(-93.27, -93.26));
        let (speed, turn, rate) = (n.number(0.0, 1.9), n.whole(0, 360), n.whole(0, 1900));
        let nr = match n.whole(0, 3) {
            0 => "NOT_RESTRICTED,-58,-91,-12,2147483647,-2147483648,-2147483648,-2147483648".to_string(),
            _ => format!(
                "CONNECTED,-61,-9{},-1{},{},-8{},-11,2{}",
                n.whole(0, 9),
                n.whole(0, 9),
                n.whole(1, 20),
                n.whole(0, 9),
                n.whole(0, 9)
            ),
        };
        format!("{run},{seq},2,{x:.7},{y:.7},{speed:.4},{turn},{nr},{rate},walking,CW,1\n")
    });
    let nyumets = log("", 600_000, |n, i| match i % 9 {
        0 => format!("{},Kbits/sec\r\n", n.whole(100, 1000)),
        1 => "0.00,bits/sec\r\n".to_string(),
        2..5 => format!("{:.1},Mbits/sec\r\n", n.number(10.0, 40.0)),
        _ => format!("{:.2},Mbits/sec\r\n", n.number(1.0, 10.0)),
    });
    let nyumets2020 = log("", 300_000, |n, i| {
        let speed = if i % 2 == 0 { "0".to_string() } else { format!("{:.2}", n.number(0.3, 24.8)) };
        let rate = if i % 4 == 0 { "0".to_string() } else { format!("{:.2}", n.number(0.0, 37.0)) };
        let (near, changed, rsrp, rsrq) = (n.whole(0, 12), i % 18 / 17, n.whole(75, 120), n.whole(9, 20));
        format!(
            "{rate},{near},{changed},-{rsrp},-{rsrq},{},{speed},{}\n",
            n.whole(0, 5),
            n.of(&["700", "1900", "2100"])
        )
    });
    let puffer = "time,session_id,index,expt_id,channel,video_ts,format,size,ssim_index,cwnd,in_flight,min_rtt,rtt,\
        delivery_rate,buffer,cum_rebuf\n";
    let streams =
        ["q0VjXkuFGO1cQzqRkEyAZCbOWDlaQMBRkGSAGrYoT9E=", "Zc9b6tJbNYe3kSyXpJ3bVgoZ8yVtZ2hL1WcUu0w5fQk="];
    let sent = |n: &mut Numbers, i: u64| {
        let (at, stream, index) =
            (1_611_000_000_000_000_000 + i * 1_001_000_000, streams[i as usize % 2], i / 2000);
        let (ts, size, rate) = (i / 2 * 180_180, n.whole(60_000, 1_400_000), n.whole(100_000, 9_000_000));
        let (ssim, cwnd, buffer) = (n.number(0.94, 0.99), n.whole(10, 400), n.number(4.0, 15.0));
        let rtt = n.whole(18_000, 60_000);
        format!(
            "{at},{stream},{index},4097,cbs,{ts},1280x720-22,{size},{ssim:.7},{cwnd},{},{},{rtt},{rate},{buffer:.3},0.112\n",
            n.whole(0, 90),
            rtt - 3000
        )
    };
    let alone = log(puffer, 60_000, sent);
    let acked = log("time,session_id,index,expt_id,channel,video_ts,buffer,cum_rebuf\n", 60_000, |n, i| {
        let (at, stream, index) =
            (1_611_000_000_400_000_000 + i * 1_001_000_000, streams[i as usize % 2], i / 2000);
        format!("{at},{stream},{index},4097,cbs,{},{:.3},0.112\n", i / 2 * 180_180, n.number(4.0, 15.0))
    });
    let joined = [alone.clone(), acked].concat();
    let lumos = "downstream_bandwidth,connection_type,signal_strength,bitrate,chunk_size,app_throughput,delivery_time,player_state,\
        chunk_index\n";
    let lumos = log(lumos, 150_000, |n, i| {
        let (size, ms) = (n.whole(300, 35_000), n.whole(40, 900));
        let (rate, state) = (size * 1000 / ms, n.of(&["steady", "buffering"]));
        format!("50M,wifi,strong,{},{size},{rate},0.{ms:03},{state},{i}\n", n.of(&["300", "1200", "4300"]))
    });
    // Of SIGCOMM'24, what a row has least of: a table of two columns, and the kinds of time series.
    let phy = log("MCS\tlayers\n", 500_000, |n, _| format!("{}.0\t{}.0\n", n.whole(0, 28), n.whole(1, 5)));
    let uplink = log("Config\ttput\tcqi\n", 300_000, |n, _| {
        format!("60\t{:.2}\t{:.2}\n", n.number(0.0, 90.0), n.number(6.0, 15.0))
    });
    let tenths =
        log("Tput(Mbps)\tconfig\n", 300_000, |n, _| format!("{:.2}\tV_It_90Mhz\n", n.number(0.0, 900.0)));
    let seconds =
        log("time(secs)\tTput(Mbps)\n", 400_000, |n, i| format!("{}\t{:.1}\n", i + 2, n.number(0.0, 900.0)));
    let radio = log("Tput(Mbps)\tMCS\tRBs\tlayers\tconfig\n", 100_000, |n, _| {
        let (rate, mcs, blocks) = (n.number(1.0, 999.0), n.number(4.0, 27.0), n.number(20.0, 240.0));
        format!("{rate:.2}\t{mcs:.12}\t{blocks:.12}\t{}.0\tV_It_90Mhz\n", n.whole(1, 5))
    });
    vec![
        ("rawlog", rawlog),
        ("fcc", fcc),
        ("gnettrack", gnettrack),
        ("lumos5g", lumos5g),
        ("nyumets", nyumets),
        ("nyumets2020", nyumets2020),
        ("puffer", alone),
        ("puffer", joined),
        ("lumos", lumos),
        ("sigcomm24", phy),
        ("sigcomm24", uplink),
        ("sigcomm24", tenths),
        ("sigcomm24", seconds),
        ("sigcomm24", radio),
    ]
}

#[test]
fn files_are_read_within_four_times_their_size() {
    let folder = tempfile::tempdir().expect("a folder");
    // As recorded: seconds and kbit/s, 4G.
    let trace = generators::generate("4g,duration=400000,seed=1", 0).expect("a trace");
    let mut cases: Vec<(&str, f64, Vec<u8>)> = Vec::new();
    for format in ["cooked", "csv", "genet", "oboe", "sabre", "steps", "twitch"] {
        cases.push((format, 4.0, written(&trace, format)));
    }
    // One packet in every ten milliseconds, as at 1 Mbit/s: the most periods that lines can make.
    let mut rng = SimRng::new(1, 0);
    let (mut lines, mut trains) = (String::new(), String::new());
    let mut ms = 0;
    for _ in 0..1_500_000 {
        ms += 2 + (rng.range(0.0, 17.0) as u64);
        writeln!(lines, "{ms}").expect("in memory");
    }
    for k in 0..200_000 {
        let packets = " 0 1 2 2 3 5 8 9 9 12 14";
        writeln!(trains, "{} 25{}", 100 * k, &packets[..2 * (3 + k % 6)]).expect("in memory");
    }
    cases.push(("mahimahi", 4.0, lines.into_bytes()));
    cases.push(("cellreplay", 4.0, trains.into_bytes()));
    cases.extend(recorded().into_iter().map(|(format, bytes)| (format, 4.0, bytes)));
    // Eight and nine characters a second: short lines, and long files, of which the program itself is a small part.
    let longer = generators::generate("4g,duration=1000000,seed=1", 0).expect("a trace");
    cases.push(("sigcomm21", 4.0, written(&longer, "sigcomm21")));
    cases.push((
        "cooked",
        4.0,
        (100_000..1_000_000).map(|t| format!("{t} 1\n")).collect::<String>().into_bytes(),
    ));
    for (format, limit, bytes) in cases {
        let path = folder.path().join("trace");
        std::fs::write(&path, &bytes).expect("written");
        assert_eq!(formats::sniff(&bytes).expect("recognised").format.name(), format);
        let times = growth(&path) as f64 / bytes.len() as f64;
        println!("{format:>10}: {:5.1} MB, {times:.2} times its size to read", bytes.len() as f64 / 1e6);
        assert!(times <= limit, "{format}: {times:.2} times the size of the file, expected at most {limit}");
        assert!(times > 0.1, "{format}: nothing was measured");
    }
}
