//! The dashboard and the alerts of `examples/monitoring`, read by a real Prometheus from real daemons.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use retrovue_testkit::daemon::{Daemon, Launch};
use retrovue_testkit::viewer::Until;
use retrovue_testkit::wait::wait_for;
use retrovue_testkit::{clips, http};
use serde_json::Value;

use crate::station::{SOON, Station};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/monitoring");

/// Where `scripts/test.sh` unpacks it.
const UNPACKED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools/usr/bin/prometheus");

/// In place of what Grafana fills in.
const VARIABLES: [(&str, &str); 2] = [("$channel", ".*"), ("$__rate_interval", "10s")];

/// A Prometheus that watches a station by the configuration of the examples.
struct Prometheus {
    address: String,
    _process: Daemon,
}

impl Prometheus {
    async fn watching(station: &Station) -> Self {
        let home = station.site.home().join("prometheus");
        std::fs::create_dir(&home).unwrap();
        let air = station.site.air_metrics();
        let air = air.trim_start_matches("http://").trim_end_matches("/metrics");
        let example = read("prometheus.yml");
        assert!(example.contains("127.0.0.1:8480") && example.contains("127.0.0.1:8481"), "the defaults");
        let config = example.replace("127.0.0.1:8480", &station.site.http().to_string()).replace("127.0.0.1:8481", air);
        let often = "global: { scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms }\n";
        std::fs::write(home.join("prometheus.yml"), often.to_owned() + &config).unwrap();
        std::fs::write(home.join("alerts.yml"), read("alerts.yml")).unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let launch = Launch::new(&program(), &station.site.home().join("prometheus.log"))
            .arg(format!("--config.file={}", home.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", home.join("data").display()))
            .arg(format!("--web.listen-address={address}"));
        let mut process = launch.start().unwrap();
        let ready = format!("http://{address}/-/ready");
        let answers = async || http::get(&ready).await.ok()?.status().is_success().then_some(());
        process.wait_for("Prometheus", SOON, answers).await.unwrap();
        Self { address, _process: process }
    }

    async fn get(&self, path: &str) -> Value {
        let answer = http::get(format!("http://{}/api/v1/{path}", self.address)).await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["status"], "success", "{path}: {answer}");
        answer["data"].clone()
    }

    /// What an expression gives now.
    async fn values(&self, expression: &str) -> Vec<Value> {
        let expression = utf8_percent_encode(expression, NON_ALPHANUMERIC);
        self.get(&format!("query?query={expression}")).await["result"].as_array().unwrap().clone()
    }

    /// The alerts in these states, and what is wrong with any rule.
    async fn alerts(&self, states: &[&str]) -> (BTreeSet<String>, Vec<Value>) {
        let groups = self.get("rules").await["groups"].clone();
        let rules: Vec<Value> =
            groups.as_array().unwrap().iter().flat_map(|group| group["rules"].as_array().unwrap().clone()).collect();
        let active = rules.iter().filter(|rule| rule["state"].as_str().is_some_and(|state| states.contains(&state)));
        let active = active.map(|rule| rule["name"].as_str().unwrap().to_owned()).collect();
        (active, rules.into_iter().filter(|rule| rule["health"] != "ok").collect())
    }
}

fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let known = std::env::split_paths(&path).map(|folder| folder.join("prometheus"));
    let mut programs = known.chain([PathBuf::from(UNPACKED)]);
    programs.find(|program| program.is_file()).expect("this test needs Prometheus; ./scripts/test.sh fetches it")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(EXAMPLES).join(name)).unwrap()
}

/// Every expression of the dashboard, as it is when all channels are chosen.
fn expressions() -> Vec<(String, String)> {
    let dashboard: Value = serde_json::from_str(&read("dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| {
        let title = panel["title"].as_str().unwrap().to_owned();
        let targets = panel["targets"].as_array().unwrap().clone();
        targets.into_iter().map(move |target| (title.clone(), target["expr"].as_str().unwrap().to_owned()))
    });
    let filled = |text: String| VARIABLES.iter().fold(text, |text, (name, value)| text.replace(name, value));
    targets.map(|(title, expression)| (title, filled(expression))).collect()
}

#[tokio::test]
async fn on_air_a_real_prometheus_reads_the_dashboard_and_the_alerts() {
    let clips = clips::mixed().into_iter().take(3).map(|clip| clip.lasting(4)).collect();
    let mut station = Station::playing(clips).await;
    let prometheus = Prometheus::watching(&station).await;
    let mut viewer = station.watch().await;
    viewer.until(Until::Seconds(6.0), SOON).await.unwrap();

    for (title, expression) in expressions() {
        let there = async || (!prometheus.values(&expression).await.is_empty()).then_some(());
        let shown = wait_for("a value", SOON, there).await;
        assert!(shown.is_ok(), "{title} shows nothing: {expression}");
    }
    // a name that is in no page gives no error, and never an alert
    let names = prometheus.get("label/__name__/values").await;
    let names: BTreeSet<&str> = names.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let alerts = read("alerts.yml");
    let used = alerts.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect::<BTreeSet<_>>();
    let used: Vec<_> = used.into_iter().filter(|w| w.starts_with("retrovue_") || w.starts_with("process_")).collect();
    assert!(used.len() > 15, "{used:?}");
    let unknown: Vec<_> = used.into_iter().filter(|name| !names.contains(name)).collect();
    assert_eq!(unknown, [""; 0], "no daemon tells of these");

    let evaluated = async || {
        let (active, faulty) = prometheus.alerts(&["firing"]).await;
        faulty.is_empty().then_some(active)
    };
    let active = wait_for("all rules to be evaluated", SOON, evaluated).await.unwrap();
    assert!(!active.contains("RetroVueCoreDown") && !active.contains("RetroVueAirDown"), "{active:?}");
    station.core.crash().unwrap();
    let told = async || prometheus.alerts(&["pending", "firing"]).await.0.contains("RetroVueCoreDown").then_some(());
    wait_for("the alert", Duration::from_secs(30), told).await.unwrap();
}

#[test]
fn every_alert_is_explained() {
    let guide = std::fs::read_to_string(Path::new(EXAMPLES).join("../../docs/guide/monitoring.md")).unwrap();
    let alerts = read("alerts.yml");
    let names: Vec<&str> = alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(names.len() > 10);
    let missing: Vec<_> = names.iter().filter(|name| !guide.contains(&format!("### {name}\n"))).collect();
    assert_eq!(missing, [&""; 0]);
    let explained = guide.lines().filter(|line| line.starts_with("### RetroVue")).count();
    assert_eq!(explained, names.len(), "the guide explains alerts that are gone");
}
