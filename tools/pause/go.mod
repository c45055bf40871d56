module example.test/pause-tools

go 1.26.6
