//! Tables of the operator over the embedded one, and assumptions.

use super::super::book::Term;
use super::super::money::show_month;
use super::super::refresh::config_map as manifest;
use super::*;

const CHEAP: &str = "gcp,us-central1,compute,e2-medium,hour,0.03\n";
const CHEAPER: &str = "gcp,us-central1,compute,e2-medium,hour,0.02\n";

fn hour(layers: &[Layer], namespace: &str) -> String {
    let book = PriceBook::layered(Arc::clone(&EMBEDDED), layers, namespace);
    let found = price(&book, vec![created("google_compute_instance", gcp_vm("e2-medium", "us-central1-a"))]);
    found.after.cost.hourly().normalize().to_string()
}

#[test]
fn the_operators_table_counts_per_key() {
    let all = layer("all", CHEAP, &[]);
    let shop = layer("shop-only", CHEAPER, &[("namespaces", "shop, bank")]);
    assert_eq!(hour(&[], "shop"), "0.03350571");
    assert_eq!(hour(std::slice::from_ref(&all), "shop"), "0.03");
    for layers in [[all.clone(), shop.clone()], [shop, all.clone()]] {
        assert_eq!(
            (hour(&layers, "shop"), hour(&layers, "bank"), hour(&layers, "other")),
            ("0.02".into(), "0.02".into(), "0.03".into())
        );
    }
    let later = layer("b", CHEAPER, &[]);
    assert_eq!(hour(&[later, layer("a", CHEAP, &[])], "shop"), "0.02");
    // Other keys stay those of the embedded table, and the sizes too.
    let book = PriceBook::layered(Arc::clone(&EMBEDDED), &[all], "shop");
    let machine = book.machine(crate::api::Provider::Gcp, "us-central1", "e2-medium").unwrap();
    assert_eq!((machine.vcpu, show_month(machine.cost.monthly())), (2, "21.90".into()));
    assert!(book.price("gcp", "us-central1", "compute", "e2-small", Term::OnDemand).is_some());
}

#[test]
fn the_estimate_names_its_book() {
    let book = PriceBook::layered(Arc::clone(&EMBEDDED), &[layer("own", CHEAP, &[])], "shop");
    let vm =
        || vec![created("google_compute_instance", gcp_vm_with("e2-medium", "us-central1-a", "pd-ssd", 10))];
    let found = price(&book, vm());
    assert_eq!(
        (found.book.name.as_str(), found.book.oldest, found.book.stale),
        ("own, embedded", Some(date(2026, 7, 15)), false)
    );
    assert_ne!(found.book.digest, price(&BOOK, vm()).book.digest);
    assert_eq!(price(&BOOK, vm()).book.digest, EMBEDDED.digest);
    let on = |today| estimate(&plan(vm()), &BOOK, &Assumptions::default(), today).book.stale;
    assert!(!on(date(2026, 10, 28)) && on(date(2026, 10, 29)), "90 days after 2026-07-30");
}

#[test]
fn another_currency_stands_alone() {
    let euros = layer("euros", CHEAP, &[("currency", "EUR")]);
    let book = PriceBook::layered(Arc::clone(&EMBEDDED), &[euros], "shop");
    let changes =
        vec![created("google_compute_instance", gcp_vm_with("e2-medium", "us-central1-a", "pd-ssd", 10))];
    let found = price(&book, changes);
    assert_eq!(
        (found.currency.as_str(), month(&found).as_str(), found.after.at_least),
        ("EUR", "21.90", true)
    );
}

#[test]
fn bad_tables_are_refused_as_a_whole() {
    let read = |data: &[(&str, &str)]| {
        let data: BTreeMap<String, String> = data.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        Layer::read("bad", &data, &BTreeMap::new()).map_err(|faults| faults[0].to_string())
    };
    let mut half = config_map(CHEAP, &[])[TABLE_KEY].clone();
    half.push_str("\ngcp,us-central1,compute,e2-small,on-demand,hour,0,,,,,x,2026-07-15");
    let refused = read(&[(TABLE_KEY, &half)]).unwrap_err();
    assert!(
        refused.starts_with("line 3: gcp,us-central1,compute,e2-small,on-demand: the price is above 0"),
        "{refused}"
    );
    for (data, says) in [
        ([("currency", "euro")], "three capital letters"),
        ([("assume.bucketGB", "1")], "is not known"),
        ([("assume.bucketGb", "many")], "not an amount"),
        ([("assume.web.bucketGb", "1")], "NAMESPACE.PROJECT"),
    ] {
        assert!(read(&data).unwrap_err().contains(says), "{data:?}");
    }
    let packed = BTreeMap::from([("prices.csv.gz".to_owned(), b"no gzip".to_vec())]);
    assert!(Layer::read("bad", &BTreeMap::new(), &packed).is_err());
}

#[test]
fn assumptions_are_the_operators_and_a_projects() {
    let all = layer(
        "all",
        "",
        &[("assume.bucketGb", "50"), ("assume.shop.web.bucketGb", "10"), ("assume.natGb", "1")],
    );
    let scoped = layer("scoped", "", &[("assume.bucketGb", "20"), ("namespaces", "bank")]);
    let layers = [scoped, all];
    let bucket = |namespace: &str, project: &str| {
        let assumed = Assumptions::layered(&layers, namespace, project);
        let plan = plan(vec![created("google_storage_bucket", json!({"location": "US"}))]);
        let found = estimate(&plan, &BOOK, &assumed, TODAY);
        (month(&found), found.assumptions[0].clone())
    };
    assert_eq!(bucket("shop", "web"), ("0.26".into(), "10 GB kept in a bucket".into()));
    assert_eq!(bucket("shop", "other"), ("1.30".into(), "50 GB kept in a bucket".into()));
    assert_eq!(bucket("bank", "web"), ("0.52".into(), "20 GB kept in a bucket".into()));
    let found = price(&BOOK, vec![created("google_storage_bucket", json!({"location": "US"}))]);
    assert_eq!((month(&found).as_str(), found.assumptions[0].as_str()), ("2.60", "100 GB kept in a bucket"));
}

#[test]
fn a_table_travels_in_a_config_map_as_text_or_packed() {
    let labels = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
    let read = |map: k8s_openapi::api::core::v1::ConfigMap| {
        let binary = map.binary_data.unwrap_or_default().into_iter().map(|(k, v)| (k, v.0)).collect();
        Layer::read("t", &map.data.unwrap_or_default(), &binary).unwrap().table.unwrap()
    };
    let small = layer("t", CHEAP, &[]).table.unwrap();
    let map = manifest("t", "ce", labels.clone(), &small).unwrap();
    assert!(map.binary_data.is_none());
    assert_eq!(read(map), small);
    let map = manifest("t", "ce", labels, &Table { name: "t".into(), ..(**EMBEDDED).clone() }).unwrap();
    assert!(map.data.is_none());
    assert_eq!(read(map).digest, EMBEDDED.digest);
}
