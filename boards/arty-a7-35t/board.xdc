# Arty A7-35T, xc7a35tcsg324-1: package pins, from Digilent's Arty-A7-35-Master.xdc. Not tried on hardware.
# The oscillator of 100 MHz, the red button RESET (low while pressed), and the USB cable's serial line.
set_property PACKAGE_PIN E3 [get_ports clk]
set_property IOSTANDARD LVCMOS33 [get_ports clk]
set_property PACKAGE_PIN C2 [get_ports resetn]
set_property IOSTANDARD LVCMOS33 [get_ports resetn]
set_property PACKAGE_PIN A9 [get_ports rx]
set_property IOSTANDARD LVCMOS33 [get_ports rx]
set_property PACKAGE_PIN D10 [get_ports tx]
set_property IOSTANDARD LVCMOS33 [get_ports tx]
# Lines are pulled down, so that what is not connected has no edges.
# JA 1
set_property PACKAGE_PIN G13 [get_ports {lines[0]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[0]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[0]}]
# JA 2
set_property PACKAGE_PIN B11 [get_ports {lines[1]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[1]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[1]}]
# JA 3
set_property PACKAGE_PIN A11 [get_ports {lines[2]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[2]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[2]}]
# JA 4
set_property PACKAGE_PIN D12 [get_ports {lines[3]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[3]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[3]}]
# JA 7
set_property PACKAGE_PIN D13 [get_ports {lines[4]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[4]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[4]}]
# JA 8
set_property PACKAGE_PIN B18 [get_ports {lines[5]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[5]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[5]}]
# JA 9
set_property PACKAGE_PIN A18 [get_ports {lines[6]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[6]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[6]}]
# JA 10
set_property PACKAGE_PIN K16 [get_ports {lines[7]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[7]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[7]}]
# JB 1
set_property PACKAGE_PIN E15 [get_ports {lines[8]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[8]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[8]}]
# JB 2
set_property PACKAGE_PIN E16 [get_ports {lines[9]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[9]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[9]}]
# JB 3
set_property PACKAGE_PIN D15 [get_ports {lines[10]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[10]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[10]}]
# JB 4
set_property PACKAGE_PIN C15 [get_ports {lines[11]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[11]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[11]}]
# JB 7
set_property PACKAGE_PIN J17 [get_ports {lines[12]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[12]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[12]}]
# JB 8
set_property PACKAGE_PIN J18 [get_ports {lines[13]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[13]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[13]}]
# JB 9
set_property PACKAGE_PIN K15 [get_ports {lines[14]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[14]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[14]}]
# JB 10
set_property PACKAGE_PIN J15 [get_ports {lines[15]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[15]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[15]}]
# JC 1
set_property PACKAGE_PIN U12 [get_ports {lines[16]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[16]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[16]}]
# JC 2
set_property PACKAGE_PIN V12 [get_ports {lines[17]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[17]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[17]}]
# JC 3
set_property PACKAGE_PIN V10 [get_ports {lines[18]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[18]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[18]}]
# JC 4
set_property PACKAGE_PIN V11 [get_ports {lines[19]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[19]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[19]}]
# JC 7
set_property PACKAGE_PIN U14 [get_ports {lines[20]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[20]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[20]}]
# JC 8
set_property PACKAGE_PIN V14 [get_ports {lines[21]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[21]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[21]}]
# JC 9
set_property PACKAGE_PIN T13 [get_ports {lines[22]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[22]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[22]}]
# JC 10
set_property PACKAGE_PIN U13 [get_ports {lines[23]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[23]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[23]}]
# JD 1
set_property PACKAGE_PIN D4 [get_ports {lines[24]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[24]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[24]}]
# JD 2
set_property PACKAGE_PIN D3 [get_ports {lines[25]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[25]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[25]}]
# JD 3
set_property PACKAGE_PIN F4 [get_ports {lines[26]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[26]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[26]}]
# JD 4
set_property PACKAGE_PIN F3 [get_ports {lines[27]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[27]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[27]}]
# JD 7
set_property PACKAGE_PIN E2 [get_ports {lines[28]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[28]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[28]}]
# JD 8
set_property PACKAGE_PIN D2 [get_ports {lines[29]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[29]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[29]}]
# JD 9
set_property PACKAGE_PIN H2 [get_ports {lines[30]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[30]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[30]}]
# JD 10
set_property PACKAGE_PIN G2 [get_ports {lines[31]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[31]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[31]}]
# IO0
set_property PACKAGE_PIN V15 [get_ports selftest]
set_property IOSTANDARD LVCMOS33 [get_ports selftest]
