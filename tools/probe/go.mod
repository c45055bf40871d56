module example.test/probe-tools

go 1.26.6
