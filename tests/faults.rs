//! One session, with a fault at each of the controller's writes in turn: the controller dies before it, the
//! answer is lost, or the controller dies after it. Whatever happens, the session is applied, once, and all is at
//! rest afterwards.
//!
//! Unless told otherwise every write loses its answer once, and writes alternate between a death before and a
//! death after, which keeps the sweep below five minutes. `CLOUD_ENGINE_SWEEP=full` does all three at each;
//! `CLOUD_ENGINE_SWEEP=7:lost` repeats one point, as a failure prints it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use cloud_engine::{
    api::{CloudProject, DeploymentSession, Phase},
    domain::ids,
};
use k8s_openapi::api::{
    batch::v1::Job,
    coordination::v1::Lease,
    core::v1::{ConfigMap, Secret},
};
use kube::{
    Api, Client, Resource, ResourceExt,
    api::{DeleteParams, ListParams, PostParams},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, VecDeque},
    fmt::{Debug, Write},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use support::{
    proxy::{Call, Kind, Point, Proxy},
    world::{OPERATOR, TEAM, World, story},
};

const MODULE: &str = "resource \"terraform_data\" \"one\" {}\n";
/// Worlds side by side: sessions mostly wait.
const LANES: usize = 3;
/// How long one session may take with its fault.
const PATIENCE: Duration = Duration::from_secs(150);

/// A world whose controller calls through a proxy.
struct Lane {
    world: World,
    proxy: Proxy,
    ada: Client,
    /// How often the controller was started again.
    restarts: usize,
}

/// A session that came to rest.
struct Rest {
    calls: Vec<Call>,
    hit: Option<Call>,
    /// What is left, by kind and part.
    left: BTreeMap<String, usize>,
}

impl Lane {
    async fn start() -> Self {
        let mut world = World::start().await;
        let proxy = Proxy::start(world.controller_client().await).await;
        world.proxy_controller(&proxy.url);
        let ada = world.person("ada").await;
        world.quickstart(MODULE, json!({}));
        let mut lane = Self { world, proxy, ada, restarts: 0 };
        lane.restart().await;
        // The first writes are those of the project that the quickstart made.
        let deadline = Instant::now() + Duration::from_secs(30);
        while lane.world.project().await.status.is_none_or(|s| s.conditions.is_empty()) {
            assert!(Instant::now() < deadline, "the controller does not work: {}", lane.world.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        lane
    }

    /// Another process in the place of the dead one, as the kubelet would start it; the Lease need not run out.
    async fn restart(&mut self) {
        self.world.kill_controller();
        let leases: Api<Lease> = Api::namespaced(self.world.admin.clone(), OPERATOR);
        for lease in leases.list(&ListParams::default()).await.unwrap() {
            let _ = leases.delete(&lease.name_any(), &DeleteParams::default()).await;
        }
        self.world.start_controller();
        let pid = self.world.controller_pid().expect("a process that was just started");
        self.proxy.serve_process(pid);
        self.restarts += 1;
    }

    fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = kube::core::NamespaceResourceScope, DynamicType = ()>
            + Clone
            + DeserializeOwned
            + Debug,
    {
        Api::namespaced(self.world.admin.clone(), TEAM)
    }

    /// Makes a project and a session of this name, approves what is planned, waits until all is done and quiet,
    /// and looks at what there is then.
    async fn run(&mut self, name: &str, point: Option<Point>) -> Result<Rest, String> {
        self.proxy.arm(point);
        let (session, project) = self.ask(name).await?;
        let names = vec![
            name.to_owned(),
            session.clone(),
            project.clone(),
            ids::short_uid(&session),
            ids::short_uid(&project),
        ];
        let deadline = Instant::now() + PATIENCE;
        let mut approved = String::new();
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if self.proxy.has_killed() || self.world.controller_pid().is_none() {
                self.restart().await;
            }
            let now = self.world.sessions(&self.world.admin).get(name).await.map_err(|e| e.to_string())?;
            let status = now.status.clone().unwrap_or_default();
            let ready = status.phase == Some(Phase::PlanReady);
            if let Some(digest) = status.plan.and_then(|p| p.digest).filter(|d| ready && *d != approved) {
                self.world.approve(&self.ada, "ada", name, &digest).await.map_err(|e| e.to_string())?;
                approved = digest;
            }
            let missing = match status.phase {
                Some(Phase::Applied) => self.unfinished(name, &session).await,
                Some(phase) if phase.is_terminal() => return Err(format!("it ended: {}", story(&now))),
                _ => Some(format!("it is not applied: {}", story(&now))),
            };
            match missing {
                None if self.proxy.quiet() > Duration::from_millis(500) => break,
                Some(missing) if Instant::now() > deadline => {
                    return Err(format!("after {} s {missing}", PATIENCE.as_secs()));
                }
                _ => {}
            }
            if Instant::now() > deadline {
                return Err(format!("after {} s it is applied, but writes go on", PATIENCE.as_secs()));
            }
        }
        let left = self.left(&session, &project).await?;
        let calls = self.proxy.calls();
        // All earlier sessions of this world are at rest: nothing is written for them any more.
        if let Some(stray) = calls.iter().find(|c| !concerns(c, &names)) {
            return Err(format!("a write for an earlier session, which is done: {}", stray.what));
        }
        Ok(Rest { calls, hit: self.proxy.hit(), left })
    }

    /// uids of the session and the project.
    async fn ask(&self, name: &str) -> Result<(String, String), String> {
        let body = json!({ "apiVersion": "cloudengine.dev/v1alpha1", "kind": "CloudProject", "metadata": { "name": name },
            "spec": { "provider": "gcp", "region": "europe-west1", "sandbox": true, "approvals": { "required": 1, "allowSelf": true } } });
        let body: CloudProject = serde_json::from_value(body).unwrap();
        let project = self.api::<CloudProject>().create(&PostParams::default(), &body).await;
        let project = project.map_err(|e| e.to_string())?;
        let session = self.world.ask(&self.ada, name, json!({ "project": name })).await;
        let session: DeploymentSession = session.map_err(|e| e.to_string())?;
        Ok((session.uid().unwrap(), project.uid().unwrap()))
    }

    /// What a finished session has yet to clean up.
    async fn unfinished(&self, name: &str, session: &str) -> Option<String> {
        let jobs = self.api::<Job>().list(&ListParams::default()).await.unwrap();
        let short = ids::short_uid(session);
        if let Some(job) = jobs.items.iter().find(|j| j.name_any().contains(&short)) {
            return Some(format!("Job {} is left", job.name_any()));
        }
        let project = self.api::<CloudProject>().get(name).await.unwrap();
        let Some(stack) = project.status.and_then(|s| s.stacks.into_iter().next()) else {
            return Some("the project tells of no stack".to_owned());
        };
        let as_wanted = stack.held_by.is_none()
            && stack.unresolved.is_none()
            && (stack.revision, stack.resource_count) == (1, 1);
        if !as_wanted {
            return Some(format!("the project's stack is {stack:?}"));
        }
        let secret = self.world.secret(&ids::stack_head(name, "main")).await;
        let bytes = secret.and_then(|s| s.data?.remove("head")).map(|b| b.0).unwrap_or_default();
        let head: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let current = head["versions"].as_array().and_then(|v| v.last()).cloned().unwrap_or_default();
        let as_wanted = head["lock"].is_null()
            && head["applying"].is_null()
            && current["resources"] == 1
            && head["revisions"].as_array().is_some_and(|r| r.len() == 1);
        (!as_wanted).then(|| format!("the stack's head is {head}"))
    }

    /// Counts what is left; more than one claim or apply is an error.
    async fn left(&self, session: &str, project: &str) -> Result<BTreeMap<String, usize>, String> {
        let short = ids::short_uid(session);
        let started = self.world.controls.started.lock().unwrap().clone();
        let applies = started.iter().filter(|j| j.starts_with("ce-apply-") && j.contains(&short)).count();
        if applies != 1 {
            return Err(format!("{applies} apply Jobs were started: {started:?}"));
        }
        let claim = format!("ce-claim-{}-", ids::short_uid(project));
        let maps = self.api::<ConfigMap>().list(&ListParams::default()).await.map_err(|e| e.to_string())?;
        let claims = maps.items.iter().filter(|m| m.name_any().starts_with(&claim)).count();
        if claims != 1 {
            return Err(format!("there are {claims} claims"));
        }
        let secrets = self.api::<Secret>().list(&ListParams::default()).await.map_err(|e| e.to_string())?;
        let mut left = BTreeMap::new();
        for secret in secrets.items {
            let owners = secret.owner_references();
            if !owners.iter().any(|o| o.uid == session || o.uid == project) {
                continue;
            }
            let part = secret.labels().get("cloudengine.dev/part").cloned().unwrap_or_default();
            // How a log is cut into pieces depends on when they were sent.
            if !part.starts_with("log") {
                *left.entry(format!("{}/{part}", owners[0].kind)).or_default() += 1;
            }
        }
        Ok(left)
    }

    /// No write at all for five seconds.
    async fn rests(&self) -> Result<(), String> {
        let before = self.proxy.calls().len();
        tokio::time::sleep(Duration::from_secs(5)).await;
        match self.proxy.calls().get(before) {
            None => Ok(()),
            Some(call) => Err(format!("not at rest: {}", call.what)),
        }
    }
}

fn concerns(call: &Call, names: &[String]) -> bool {
    // The first of all sets a label of the namespace.
    if call.what.ends_with(&format!("/namespaces/{TEAM}")) {
        return true;
    }
    names.iter().any(|name| call.what.contains(name.as_str()) || call.body.contains(name.as_str()))
}

/// What a write is, as short as it can be told: method, kind, and what its name begins with.
fn brief(call: &Call) -> String {
    let (method, path) = call.what.split_once(' ').unwrap();
    let mut words = path.split('/').skip_while(|w| *w != "namespaces").skip(2);
    let kind = words.next().unwrap_or_default();
    let body: Value = serde_json::from_str(&call.body).unwrap_or_default();
    let name = words.next().or(body["metadata"]["name"].as_str()).unwrap_or_default();
    let name = name.strip_prefix("ce-").and_then(|n| n.split('-').next()).unwrap_or_default();
    let part = body["metadata"]["labels"]["cloudengine.dev/part"].as_str().unwrap_or_default();
    let words = [method, kind, name, part, words.next().unwrap_or_default()];
    words.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The points of a sweep over `n` writes.
fn points(n: usize) -> VecDeque<Point> {
    let asked = std::env::var("CLOUD_ENGINE_SWEEP").unwrap_or_default();
    let all = |number| [Kind::Before, Kind::Lost, Kind::After].map(|kind| Point { number, kind });
    match asked.as_str() {
        "full" => (1..=n).flat_map(all).collect(),
        "" => {
            let dies = |number: usize| if number.is_multiple_of(2) { Kind::After } else { Kind::Before };
            let some = |number| [Kind::Lost, dies(number)].map(|kind| Point { number, kind });
            (1..=n).flat_map(some).collect()
        }
        point => VecDeque::from([point.parse().unwrap()]),
    }
}

/// What a sweep found.
#[derive(Default)]
struct Sweep {
    points: VecDeque<Point>,
    done: usize,
    missed: Vec<Point>,
    failures: Vec<String>,
}

async fn sweep_lane(lane: Option<Lane>, usual: BTreeMap<String, usize>, sweep: Arc<Mutex<Sweep>>) {
    let mut lane = match lane {
        Some(lane) => lane,
        None => Lane::start().await,
    };
    let mut last = None;
    loop {
        let Some(point) = sweep.lock().unwrap().points.pop_front() else { break };
        let name = format!("p{:03}-{}", point.number, point.kind);
        let began = Instant::now();
        let ended = lane.run(&name, Some(point)).await.and_then(|rest| {
            if rest.left == usual { Ok(rest) } else { Err(format!("{:?} is left, not {usual:?}", rest.left)) }
        });
        let hit = lane.proxy.hit();
        eprintln!(
            "{point} {} in {:.1} s: {}",
            if ended.is_ok() { "ok" } else { "FAILED" },
            began.elapsed().as_secs_f64(),
            hit.as_ref().map_or("no such write".to_owned(), brief)
        );
        match ended {
            Ok(rest) => {
                let mut sweep = sweep.lock().unwrap();
                sweep.done += 1;
                if rest.hit.is_none() {
                    sweep.missed.push(point);
                }
                last = Some(point);
            }
            Err(error) => {
                let told = failure(&lane, point, hit.as_ref(), &error);
                sweep.lock().unwrap().failures.push(told);
                // Whatever goes on in this world would be counted at the next point.
                lane = Lane::start().await;
                last = None;
            }
        }
    }
    if let (Err(error), Some(point)) = (lane.rests().await, last) {
        let told = failure(&lane, point, None, &error);
        sweep.lock().unwrap().failures.push(told);
    }
}

fn failure(lane: &Lane, point: Point, hit: Option<&Call>, error: &str) -> String {
    let mut text = format!("CLOUD_ENGINE_SWEEP={point} cargo test --test faults crash\n");
    let _ = writeln!(text, "at {}: {error}", hit.map_or("rest", |h| h.what.as_str()));
    for (i, call) in lane.proxy.calls().iter().enumerate() {
        let _ = writeln!(text, "  {:3} {} → {:?}", i + 1, brief(call), call.status);
    }
    let _ = writeln!(text, "{}", lane.world.log());
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_crash_at_any_write_changes_nothing_in_the_end() {
    let began = Instant::now();
    let mut lane = Lane::start().await;
    let faultless = lane.run("faultless", None).await.unwrap();
    let log = lane.world.log();
    assert!(!log.contains("\"class\":\"retry\""), "a reconcile failed without a fault: {log}");
    let n = faultless.calls.len();
    for (i, call) in faultless.calls.iter().enumerate() {
        eprintln!("{:3} {} → {:?}", i + 1, brief(call), call.status);
    }
    eprintln!("left: {:?}", faultless.left);
    let sweep = Arc::new(Mutex::new(Sweep { points: points(n), ..Sweep::default() }));
    let total = sweep.lock().unwrap().points.len();
    let mut lanes = tokio::task::JoinSet::new();
    lanes.spawn(sweep_lane(Some(lane), faultless.left.clone(), Arc::clone(&sweep)));
    for _ in 1..LANES.min(total) {
        lanes.spawn(sweep_lane(None, faultless.left.clone(), Arc::clone(&sweep)));
    }
    while let Some(ended) = lanes.join_next().await {
        ended.unwrap();
    }
    let sweep = std::mem::take(&mut *sweep.lock().unwrap());
    eprintln!(
        "{n} writes, {total} points, {} failed, not reached: {:?}, {:.0} s",
        sweep.failures.len(),
        sweep.missed.iter().map(ToString::to_string).collect::<Vec<_>>(),
        began.elapsed().as_secs_f64()
    );
    assert!(sweep.failures.is_empty(), "{}", sweep.failures.join("\n"));
    assert_eq!(sweep.done, total);
    assert!(sweep.missed.len() * 10 <= total, "too many points were not reached");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_api_server_away_for_ten_seconds_duplicates_nothing() {
    let mut lane = Lane::start().await;
    for (name, phase) in [("away-planning", Phase::Planning), ("away-applying", Phase::Applying)] {
        let proxy = lane.proxy.clone();
        let sessions = lane.world.sessions(&lane.world.admin);
        let outage = tokio::spawn(async move {
            while sessions.get_opt(name).await.unwrap().and_then(|s| s.status?.phase) != Some(phase) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            proxy.set_away(true);
            tokio::time::sleep(Duration::from_secs(10)).await;
            proxy.set_away(false);
        });
        let rest = lane.run(name, None).await;
        rest.unwrap_or_else(|error| panic!("{name}: {error}\n{}", lane.world.log()));
        assert!(outage.is_finished(), "{name} did not wait for the API server");
        outage.await.unwrap();
    }
    lane.rests().await.unwrap();
}
