//! Each fault that published lists have shown, and the difference to a book.

use super::*;
use crate::pricing::book::{self, Table};
use crate::pricing::tests::BOOK;

/// Reads a list of these lines below their header: keys with prices, and faults `row: what`.
fn read(header: &str, lines: &[&str]) -> (Vec<(String, String)>, Vec<String>) {
    let origin = Origin { source: "list".into(), as_of: "2026-07-30".parse().unwrap() };
    let found = import(&[&[header], lines].concat().join("\n"), Some(&origin));
    let rows = found.rows.iter().map(|(key, row)| (key.as_str().to_owned(), row.price.to_string())).collect();
    (rows, found.faults.iter().map(|fault| format!("{}: {}", fault.row, fault.what)).collect())
}

fn rows(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(key, price)| ((*key).into(), (*price).into())).collect()
}

#[test]
fn shared_cores_have_the_guests_processors() {
    let origin = Origin { source: "list".into(), as_of: "2026-07-30".parse().unwrap() };
    let text = [
        gcp::COMPUTE,
        "us-central1,e2-micro,0.25,1,0.0083764275,0.0050265,6.114792075,3.8523182225,2.7516559775",
        "us-central1,e3-nano,0.25,1,0.008,0.005,5.84,3.8,2.7",
    ]
    .join("\n");
    let found = import(&text, Some(&origin));
    let row = &found.rows[&Key::new("gcp", "us-central1", "compute", "e2-micro", Term::OnDemand)];
    assert_eq!((row.vcpu, row.billed_vcpu.map(|n| n.to_string())), (Some(2), Some("0.25".into())));
    assert_eq!(found.rows.len(), 4);
    assert_eq!((found.faults.len(), found.faults[0].line), (1, 3));
    assert!(found.faults[0].what.contains("what the guest sees is not known"));
}

#[test]
fn missing_spot_and_commitments_are_listed() {
    let (found, faults) = read(gcp::COMPUTE, &["us-east1,m2-hypermem-416,416,8832,74.1,,54093,,"]);
    assert_eq!(found, rows(&[("gcp,us-east1,compute,m2-hypermem-416,on-demand", "74.1")]));
    assert_eq!(
        faults,
        [
            "us-east1,m2-hypermem-416: there is no spot price",
            "us-east1,m2-hypermem-416: there are no commitments"
        ]
    );
}

#[test]
fn a_commitment_at_the_price_of_sustained_use_is_none() {
    let (found, faults) =
        read(gcp::COMPUTE, &["us-central1,f1-micro,1,0.6,0.0076,0.000684,3.8836,3.8836,3.8836"]);
    assert_eq!(
        found,
        rows(&[
            ("gcp,us-central1,compute,f1-micro,on-demand", "0.0076"),
            ("gcp,us-central1,compute,f1-micro,spot", "0.000684"),
            ("gcp,us-central1,sustained-use,f1-micro,on-demand", "3.8836"),
        ])
    );
    assert_eq!(
        faults,
        ["us-central1,f1-micro: the commitment costs what sustained use does, so there is none"]
    );
}

#[test]
fn swapped_columns_and_dictionaries_are_left_out() {
    let (found, faults) = read(
        gcp::OTHER,
        &[
            "us-central1,disk/pd-ssd,ssd,0.17",
            "us-central1,disk/pd-ssd,ssd-replicated,0.34",
            "0-1,network/traffic/egress/internet,asia-east2,{'month': 0.12}",
            "us-central1,network/ip/vm,hour,0.005",
            "us-central1,network/ip/vm,month,3.65",
            "us-west1,network/ip/vm,hour,0.005",
            "us-west1,network/ip/vm,month,4",
            "us-multi,storage/bucket/archiv-multi,month,0.0024",
            "us-central1,magic/wand,month,1",
        ],
    );
    assert_eq!(
        found,
        rows(&[
            ("gcp,us-central1,disk,pd-ssd,on-demand", "0.17"),
            ("gcp,us-central1,disk,pd-ssd-replicated,on-demand", "0.34"),
            ("gcp,us-central1,network,ip/vm,on-demand", "0.005"),
            ("gcp,us-multi,storage,archive,on-demand", "0.0024"),
            ("gcp,us-west1,network,ip/vm,on-demand", "0.005"),
        ])
    );
    assert_eq!(
        faults,
        [
            "0-1,network/traffic/egress/internet,asia-east2: region and variant are swapped",
            "us-west1,network/ip/vm,month: the month is not 730 hours",
            "us-central1,magic/wand,month: what it is the price of is not known",
        ]
    );
}

#[test]
fn azure_prices_of_nothing_and_sizes_unheard_of_are_left_out() {
    let (found, faults) = read(
        azure::HEADER,
        &[
            "eastus,Standard_B1s,0.0104",
            "eastus,Standard_B2s,0.0",
            "eastus,Dsv3_Type3,4.2",
            "eastus,Standard_B1ms,cheap",
        ],
    );
    assert_eq!(found, rows(&[("azure,eastus,vm,Standard_B1s,on-demand", "0.0104")]));
    assert_eq!(
        faults,
        [
            "eastus,Standard_B2s: the price is 0",
            "eastus,Dsv3_Type3: vCPU and memory are not known",
            "azure,eastus,vm,Standard_B1ms,on-demand: the price is not an amount",
        ]
    );
}

#[test]
fn azure_prices_off_the_median_of_the_size_are_left_out() {
    let (found, faults) = read(
        azure::HEADER,
        &[
            "eastus,Standard_B1s,0.0104",
            "westus,Standard_B1s,0.0124",
            "uksouth,Standard_B1s,0.0112",
            "ukwest,Standard_B1s,0.0213",
            "northeurope,Standard_B1s,0.0058",
        ],
    );
    assert_eq!(found.len(), 3);
    assert_eq!(
        faults,
        [
            "northeurope,Standard_B1s: the price is 1.9 times off the median of the size",
            "ukwest,Standard_B1s: the price is 1.9 times off the median of the size",
        ]
    );
}

#[test]
fn azure_prices_with_the_licence_of_windows_are_left_out() {
    // Seen in eastus: the smaller size costs more than the larger one, which is right.
    let lines = [
        "eastus,Standard_D2as_v5,0.178",
        "eastus,Standard_D4as_v5,0.172",
        "eastus,Standard_D8as_v5,0.344",
        "eastus,Standard_D64as_v5,5.696",
        "eastus,Standard_E2s_v5,0.126",
        "eastus,Standard_NC4as_T4_v3,0.526",
        "eastus,Standard_NC8as_T4_v3,0.752",
    ];
    let (found, faults) = read(azure::HEADER, &lines);
    assert_eq!(found.len(), 5, "{found:?}");
    let what = "it costs more per vCPU than its family does in that region";
    assert_eq!(faults, ["D2as_v5", "D64as_v5"].map(|size| format!("eastus,Standard_{size}: {what}")));
}

#[test]
fn of_two_azure_sizes_in_the_wrong_order_the_odd_one_is_left_out() {
    let lines = [
        "eastus,Standard_B2ms,0.1832",
        "eastus,Standard_B4ms,0.166",
        "eastus,Standard_B8ms,0.333",
        "eastus,Standard_B16ms,0.666",
    ];
    let (found, faults) = read(azure::HEADER, &lines);
    assert_eq!(found.len(), 3, "{found:?}");
    let what = "it costs more than a larger size of the family, or less than a smaller one";
    assert_eq!(faults, [format!("eastus,Standard_B2ms: {what}")]);
}

#[test]
fn pages_of_the_azure_retail_prices_are_read() {
    let item = |product: &str, service: &str, sku: &str, arm: &str, price: &str, unit: &str| {
        let meter = if unit == "1/Month" { [sku, " Disk"].concat() } else { sku.to_owned() };
        serde_json::json!({"currencyCode": "USD", "retailPrice": serde_json::from_str::<serde_json::Value>(price).unwrap(),
            "armRegionName": "westeurope", "armSkuName": arm, "skuName": sku, "meterName": meter, "productName": product,
            "serviceName": service, "unitOfMeasure": unit, "type": "Consumption", "isPrimaryMeterRegion": true})
    };
    let vm = |product: &str, sku: &str, price: &str| {
        item(product, "Virtual Machines", sku, "Standard_B2s", price, "1 Hour")
    };
    let disk =
        |sku: &str, price: &str| item("Premium SSD Managed Disks", "Storage", sku, "", price, "1/Month");
    let mut euros = vm("Virtual Machines BS Series", "B2s", "0.05");
    euros["currencyCode"] = "EUR".into();
    let mut reserved = vm("Virtual Machines BS Series", "B2s", "300");
    reserved["type"] = "Reservation".into();
    let first = serde_json::json!({"Items": [
        vm("Virtual Machines BS Series", "B2s", "0.048"), vm("Virtual Machines BS Series", "B2s Spot", "0.0096"),
        vm("Virtual Machines BS Series", "B2s Low Priority", "0.0096"),
        vm("Virtual Machines BS Series Windows", "B2s", "0.056"), euros, reserved,
    ]});
    let second = serde_json::json!({"Items": [disk("P10 LRS", "21.68"), disk("P4 ZRS", "8.9"), disk("P10 LRS Burst", "9")]});
    let pages = serde_json::Value::from(vec![first.clone(), second]).to_string();
    let (found, faults) = read(&pages, &[]);
    assert_eq!(
        found,
        rows(&[
            ("azure,westeurope,disk,Premium_LRS/128,on-demand", "21.68"),
            ("azure,westeurope,disk,Premium_ZRS/32,on-demand", "8.9"),
            ("azure,westeurope,vm,Standard_B2s,on-demand", "0.048"),
            ("azure,westeurope,vm,Standard_B2s,spot", "0.0096"),
        ])
    );
    assert_eq!(
        faults,
        [
            "westeurope,B2s: the price is not in USD",
            "westeurope,P10 LRS Burst: what it is the price of is not known",
        ]
    );
    assert_eq!(read(&first.to_string(), &[]).0.len(), 2);
    assert_eq!(read("{\"Items\": 1}", &[]).1, ["page: it is no page of the Azure Retail Prices API"]);
}

#[test]
fn aws_types_without_sizes_are_left_out() {
    let (found, faults) = read(
        aws::HEADER,
        &[
            "us-east-1,m5.large,2,8.0,0.096000",
            "us-east-1,c9g.large,,,0.09",
            "us-east-1,m5.xlarge,4,16.0,0.000",
        ],
    );
    assert_eq!(found, rows(&[("aws,us-east-1,ec2,m5.large,on-demand", "0.096000")]));
    assert_eq!(
        faults,
        [
            "us-east-1,c9g.large: vCPU and memory are not known",
            "aws,us-east-1,ec2,m5.xlarge,on-demand: the price is 0"
        ]
    );
}

#[test]
fn a_list_needs_a_known_form_and_a_date() {
    let text = [aws::HEADER, "us-east-1,m5.large,2,8.0,0.096"].join("\n");
    assert!(import(&text, None).faults[0].what.contains("source and date"));
    assert!(import("a,b\n1,2", None).faults[0].what.contains("neither"));
    let table = Table::new(
        "t",
        "USD",
        import(&text, Some(&Origin { source: "x".into(), as_of: "2026-07-30".parse().unwrap() })).rows,
    );
    assert_eq!(import(&table.to_csv(), None).rows, table.rows);
    assert_eq!(text_of(b"plain").unwrap(), "plain");
    assert!(text_of(&[0x1f, 0x8b, 0]).is_err() && text_of(&[0xff]).is_err());
}

#[test]
fn the_difference_names_what_changes() {
    let header = book::table::COLUMNS.join(",");
    let row = |sku: &str, price: &str, date: &str| {
        format!("aws,us-east-1,ec2,{sku},on-demand,hour,{price},,,,,x,{date}")
    };
    let text = [
        header,
        row("t3.micro", "0.0114", "2026-11-01"),
        row("m5.large", "0.096", "2026-07-20"),
        row("t3.small", "0.0208", "2026-11-01"),
        row("x9.huge", "1", "2026-11-01"),
    ]
    .join("\n");
    let found = difference(&BOOK, &import(&text, None).rows);
    assert_eq!((found.added.len(), found.changed.len(), found.redated, found.same), (1, 1, 1, 1));
    let lines = [
        "1 new, 1 with another price, 1 only newer, 1 the same",
        "~ aws,us-east-1,ec2,t3.micro,on-demand  0.0104 → 0.0114 (9.6 %)",
        "+ aws,us-east-1,ec2,x9.huge,on-demand  1",
    ];
    assert_eq!(found.to_text(9).lines().collect::<Vec<_>>(), lines);
    assert!(found.to_text(0).ends_with("… and 2 more\n"));
}
