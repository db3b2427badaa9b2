//! What Air refuses and how it says so, and how it comes and goes.

use std::os::unix::fs::PermissionsExt;

use std::path::Path;

use retrovue_kit::MasterClock;
use retrovue_proto::PROTOCOL;
use retrovue_proto::v1;
use retrovue_testkit::clips::Clip;
use retrovue_testkit::daemon::Site;
use retrovue_testkit::metrics::Metrics;
use retrovue_testkit::viewer::{TsEndpoint, Until};
use retrovue_testkit::wait::wait_for;
use retrovue_timeline::FrameIndex;
use tonic::transport::Endpoint;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::stage::{RATE, SOON, Stage, paced, plan, request, until_ended};

pub(crate) fn word(status: &Status) -> &str {
    status.metadata().get("retrovue-code").unwrap().to_str().unwrap()
}

#[tokio::test]
async fn refusals_say_what_and_how_to_mend_it() {
    let mut stage = Stage::new().await;
    let endpoint = TsEndpoint::open().unwrap();
    let clock = MasterClock::system();
    let slate = plan(2, 0, []);

    let version = |protocol| v1::GetVersionRequest { core_version: "9.8.7".to_owned(), protocol };
    let ours = stage.client.get_version(version(PROTOCOL)).await.unwrap().into_inner();
    assert_eq!((ours.air_version.as_str(), ours.protocol), (env!("CARGO_PKG_VERSION"), PROTOCOL));
    let refused = stage.client.get_version(version(PROTOCOL + 1)).await.unwrap_err();
    assert_eq!((refused.code(), word(&refused)), (Code::FailedPrecondition, "protocol_mismatch"));
    assert!(refused.message().contains("9.8.7") && refused.message().contains(env!("CARGO_PKG_VERSION")));

    let start =
        v1::StartChannelRequest { endpoint: "unix:/nowhere/ts.sock".to_owned(), ..request(&endpoint, slate.clone()) };
    let refused = stage.client.start_channel(start).await.unwrap_err();
    assert_eq!((refused.code(), word(&refused)), (Code::FailedPrecondition, "endpoint_unreachable"));
    let start = v1::StartChannelRequest { token: vec![1; 5], ..request(&endpoint, slate.clone()) };
    let refused = stage.client.start_channel(start).await.unwrap_err();
    assert_eq!((refused.code(), word(&refused)), (Code::InvalidArgument, "invalid_request"));

    let stop = v1::StopChannelRequest { channel: "test".to_owned(), session_id: "session-1".to_owned() };
    let refused = stage.client.stop_channel(stop.clone()).await.unwrap_err();
    assert_eq!((refused.code(), word(&refused)), (Code::NotFound, "not_on_air"));

    let (_, mut viewer) = stage.start(paced(&endpoint, slate.clone(), &clock), &endpoint).await;
    viewer.until(Until::Pictures(5), SOON).await.unwrap();
    let refused = stage.client.start_channel(paced(&endpoint, slate, &clock)).await.unwrap_err();
    assert_eq!((refused.code(), word(&refused)), (Code::AlreadyExists, "already_on_air"));
    // one that was meant for a session before this one
    let late = v1::StopChannelRequest { session_id: "session-0".to_owned(), ..stop.clone() };
    let refused = stage.client.stop_channel(late).await.unwrap_err();
    assert_eq!((refused.code(), word(&refused)), (Code::NotFound, "other_session"), "{}", refused.message());
    stage.client.stop_channel(stop).await.unwrap();
    viewer.until(Until::Ended, SOON).await.unwrap();
    let left = stage.client.list_channels(v1::ListChannelsRequest {}).await.unwrap().into_inner();
    assert_eq!(left.channels, []);
}

#[tokio::test]
async fn health_and_reflection_answer_beside_the_services() {
    let mut stage = Stage::new().await;
    let connection = Endpoint::from_shared(format!("unix:{}", stage.site.air_socket().display()));
    let connection = connection.unwrap().connect().await.unwrap();
    let mut health = HealthClient::new(connection.clone());
    for service in ["", "retrovue.playout.v1.PlayoutService", "retrovue.playout.v1.MediaService"] {
        let asked = HealthCheckRequest { service: service.to_owned() };
        let answer = health.check(asked).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service:?}");
    }
    let asked = HealthCheckRequest { service: "retrovue.playout.v1.PlayoutService".to_owned() };
    let mut changes = health.watch(asked).await.unwrap().into_inner();
    assert_eq!(changes.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    let unknown = HealthCheckRequest { service: "retrovue.Unknown".to_owned() };
    assert_eq!(health.check(unknown).await.unwrap_err().code(), Code::NotFound);

    let mut reflection = ServerReflectionClient::new(connection);
    let mut ask = async |question: MessageRequest| {
        let request = ServerReflectionRequest { message_request: Some(question), ..Default::default() };
        let mut answers = reflection.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
        answers.message().await.unwrap().unwrap().message_response.unwrap()
    };
    let MessageResponse::ListServicesResponse(listed) = ask(MessageRequest::ListServices(String::new())).await else {
        panic!("no list of services");
    };
    let names: Vec<_> = listed.service.iter().map(|service| service.name.as_str()).collect();
    for name in ["retrovue.playout.v1.PlayoutService", "retrovue.playout.v1.MediaService", "grpc.health.v1.Health"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let symbol = "retrovue.playout.v1.PlayoutService.AcknowledgeEvents".to_owned();
    let described = ask(MessageRequest::FileContainingSymbol(symbol)).await;
    assert!(matches!(described, MessageResponse::FileDescriptorResponse(_)), "{described:?}");

    let leaves = stage.air.terminate(SOON);
    let turns = async move { changes.message().await.unwrap().unwrap().status() };
    let (left, turned) = tokio::join!(leaves, turns);
    assert_eq!(turned, ServingStatus::NotServing);
    assert!(left.unwrap().success());
}

#[tokio::test]
async fn an_encoder_that_is_not_there_is_passed_over_in_words() {
    let site = Site::new().unwrap().with("RETROVUE_AIR__ENCODER", "nvenc");
    let air = site.start_air().await.unwrap();
    let mut client = site.air_client().await.unwrap();
    let version = client.get_version(v1::GetVersionRequest::default()).await.unwrap().into_inner();
    assert_eq!(version.encoder, "x264");
    assert!(version.encoder_reason.contains("nvenc: this machine has none"), "{}", version.encoder_reason);
    assert!(air.log().contains("pictures are coded by x264: no hardware encoder can be used"), "{}", air.log());
}

#[tokio::test]
async fn a_channel_is_counted_as_long_as_it_is_on_air() {
    let mut stage = Stage::new().await;
    let endpoint = TsEndpoint::open().unwrap();
    let clock = MasterClock::system();
    let file = Clip::new(11).lasting(30).file().unwrap();
    let begin = RATE.frame_at(clock.now()).0;
    let segments = [(None, 0, 90), (Some(Path::new("/nowhere/gone.mp4")), 0, 30), (Some(&*file), 0, 700)];
    let (first, mut viewer) = stage.start(paced(&endpoint, plan(1, begin, segments), &clock), &endpoint).await;
    assert!(first < begin + 120, "the machine is too slow for this test: Air took {} frames to start", first - begin);
    viewer.until(Until::Reached(RATE.pts(FrameIndex(begin + 120 + 70))), SOON).await.unwrap();

    let page = Metrics::fetch(&stage.site.air_metrics()).await.unwrap();
    let value = |name: &str| page.of_channel("test", &format!("retrovue_air_{name}"));
    assert_eq!(page.value("retrovue_air_sessions"), 1.0);
    assert!(value("slots_total") >= 70.0);
    assert!(value("slate_slots_total") >= 1.0 && value("slate_slots_total") < value("slots_total"));
    assert!(value("segments_opened_total") >= 2.0);
    assert_eq!(value("dropped_slots_total"), 0.0);
    assert!(value("segments_failed_total") >= 1.0);
    assert!((0.5..=10.1).contains(&value("work_ahead_seconds")), "{}", value("work_ahead_seconds"));
    assert!((50_000.0..2e6).contains(&value("mux_bits_per_second")), "{}", value("mux_bits_per_second"));
    assert_eq!(value("start_seconds_count"), 1.0);
    assert!(value("slot_lateness_seconds_count") >= 1.0);

    let reference = include_str!("../../../../docs/reference/metrics.md");
    for name in page.names_of("test") {
        let name =
            ["_bucket", "_sum", "_count"].iter().fold(name, |name, part| name.strip_suffix(part).unwrap_or(name));
        assert!(reference.contains(&format!("`{name}`")), "docs/reference/metrics.md lacks {name}");
    }
}

#[tokio::test]
async fn sigterm_ends_sessions_at_a_slot_and_the_process_with_success() {
    let mut stage = Stage::new().await;
    let socket = stage.site.air_socket();
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o660);
    let endpoint = TsEndpoint::open().unwrap();
    let mut events = stage.events().await;
    let clock = MasterClock::system();
    let file = Clip::new(11).lasting(30).file().unwrap();
    let on_air = plan(1, RATE.frame_at(clock.now()).0 - 100, [(Some(&*file), 0, 800)]);
    let (_, mut viewer) = stage.start(paced(&endpoint, on_air, &clock), &endpoint).await;
    viewer.until(Until::Pictures(5), SOON).await.unwrap();

    let exit = stage.air.terminate(SOON).await.unwrap();
    assert!(exit.success(), "{exit}");
    let (_, ended) = until_ended(&mut events).await;
    assert_eq!(ended.cause, "drained");
    assert!(events.message().await.unwrap().is_none(), "the events end with the session's");
    viewer.until(Until::Ended, SOON).await.unwrap();
    assert_eq!(viewer.bytes().len() % 188, 0);
    assert!(!socket.exists());
}

#[tokio::test]
async fn a_managed_air_ends_with_its_standard_input() {
    let site = Site::new().unwrap();
    // tests give daemons an input that is empty
    let mut air = site.air().unwrap().arg("--managed").start().unwrap();
    let exit = wait_for("Air to leave", SOON, async || air.ended()).await.unwrap();
    assert!(exit.success(), "{exit}");
    assert!(air.log().contains("Core has gone"), "{}", air.log());
}

#[tokio::test]
async fn one_air_holds_a_socket_and_a_dead_one_does_not() {
    let mut stage = Stage::new().await;
    let mut second = stage.site.air().unwrap().start().unwrap();
    let exit = wait_for("the second Air to leave", SOON, async || second.ended()).await.unwrap();
    assert_eq!(exit.code(), Some(1));
    assert!(second.log().contains("another Air listens on"), "{}", second.log());
    stage.air.crash().unwrap();
    assert!(stage.site.air_socket().exists());
    stage.air = stage.site.start_air().await.unwrap();
    stage.client = stage.site.air_client().await.unwrap();
    stage.client.list_channels(v1::ListChannelsRequest {}).await.unwrap();
}
