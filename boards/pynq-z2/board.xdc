# PYNQ-Z2, xc7z020clg400-1: package pins, from TUL's pynq-z2_v1.0.xdc. Not tried on hardware.
# No clock comes by a pin: the block runs on FCLK0 of the processor system.
# Lines are pulled down, so that what is not connected has no edges.
# PMODA 1
set_property PACKAGE_PIN Y18 [get_ports {lines[0]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[0]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[0]}]
# PMODA 2
set_property PACKAGE_PIN Y19 [get_ports {lines[1]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[1]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[1]}]
# PMODA 3
set_property PACKAGE_PIN Y16 [get_ports {lines[2]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[2]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[2]}]
# PMODA 4
set_property PACKAGE_PIN Y17 [get_ports {lines[3]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[3]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[3]}]
# PMODA 7
set_property PACKAGE_PIN U18 [get_ports {lines[4]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[4]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[4]}]
# PMODA 8
set_property PACKAGE_PIN U19 [get_ports {lines[5]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[5]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[5]}]
# PMODA 9
set_property PACKAGE_PIN W18 [get_ports {lines[6]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[6]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[6]}]
# PMODA 10
set_property PACKAGE_PIN W19 [get_ports {lines[7]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[7]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[7]}]
# PMODB 1
set_property PACKAGE_PIN W14 [get_ports {lines[8]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[8]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[8]}]
# PMODB 2
set_property PACKAGE_PIN Y14 [get_ports {lines[9]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[9]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[9]}]
# PMODB 3
set_property PACKAGE_PIN T11 [get_ports {lines[10]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[10]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[10]}]
# PMODB 4
set_property PACKAGE_PIN T10 [get_ports {lines[11]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[11]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[11]}]
# PMODB 7
set_property PACKAGE_PIN V16 [get_ports {lines[12]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[12]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[12]}]
# PMODB 8
set_property PACKAGE_PIN W16 [get_ports {lines[13]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[13]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[13]}]
# PMODB 9
set_property PACKAGE_PIN V12 [get_ports {lines[14]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[14]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[14]}]
# PMODB 10
set_property PACKAGE_PIN W13 [get_ports {lines[15]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[15]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[15]}]
# Arduino IO0
set_property PACKAGE_PIN T14 [get_ports {lines[16]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[16]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[16]}]
# Arduino IO1
set_property PACKAGE_PIN U12 [get_ports {lines[17]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[17]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[17]}]
# Arduino IO2
set_property PACKAGE_PIN U13 [get_ports {lines[18]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[18]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[18]}]
# Arduino IO3
set_property PACKAGE_PIN V13 [get_ports {lines[19]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[19]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[19]}]
# Arduino IO4
set_property PACKAGE_PIN V15 [get_ports {lines[20]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[20]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[20]}]
# Arduino IO5
set_property PACKAGE_PIN T15 [get_ports {lines[21]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[21]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[21]}]
# Arduino IO6
set_property PACKAGE_PIN R16 [get_ports {lines[22]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[22]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[22]}]
# Arduino IO7
set_property PACKAGE_PIN U17 [get_ports {lines[23]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[23]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[23]}]
# Arduino IO8
set_property PACKAGE_PIN V17 [get_ports {lines[24]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[24]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[24]}]
# Arduino IO9
set_property PACKAGE_PIN V18 [get_ports {lines[25]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[25]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[25]}]
# Arduino IO10
set_property PACKAGE_PIN T16 [get_ports {lines[26]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[26]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[26]}]
# Arduino IO11
set_property PACKAGE_PIN R17 [get_ports {lines[27]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[27]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[27]}]
# Arduino IO12
set_property PACKAGE_PIN P18 [get_ports {lines[28]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[28]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[28]}]
# Arduino IO13
set_property PACKAGE_PIN N17 [get_ports {lines[29]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[29]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[29]}]
# Arduino A0
set_property PACKAGE_PIN Y11 [get_ports {lines[30]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[30]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[30]}]
# Arduino A1
set_property PACKAGE_PIN Y12 [get_ports {lines[31]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[31]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[31]}]
# Arduino A2
set_property PACKAGE_PIN W11 [get_ports selftest]
set_property IOSTANDARD LVCMOS33 [get_ports selftest]
